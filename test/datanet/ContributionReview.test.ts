import { expect } from "chai";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { network } from "hardhat";
import type { ContributionReview } from "../../typechain-types/index.ts";
import { Role } from "../rewards/deployRewards.ts";
import { BOND, CAPS, FEE, Status, TERMS, partsOf } from "./deployRegistries.ts";
import { announce } from "../access/announce.ts";
import { OWN_KEY } from "../staking/possession.ts";
import { COMMIT_PERIOD, POLICY, REVEAL_PERIOD, SLASH_BPS, STAKE, TIMEOUT, deployReview } from "./deployReview.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const { time } = networkHelpers;
const coder = ethers.AbiCoder.defaultAbiCoder();
const SALT = ethers.id("salt");

const commitmentOf = (submissionId: bigint, validator: string, mask: bigint, salt = SALT) =>
  ethers.keccak256(coder.encode(["uint256", "address", "uint256", "bytes32"], [submissionId, validator, mask, salt]));

/** Five validators; submission 1 has four parts. Two votes are needed. */
async function fixture() {
  const loaded = await deployReview(ethers, 5);
  await loaded.contributions.connect(loaded.contributor).submit(1, partsOf(4), "ipfs://parts", CAPS);
  const [a, b, c, d, e] = loaded.panel;
  if (a === undefined || b === undefined || c === undefined || d === undefined || e === undefined)
    throw new Error("Needs 5 validators.");
  return { ...loaded, a, b, c, d, e };
}
const load = () => networkHelpers.loadFixture(fixture);

const commit = (review: ContributionReview, validator: HardhatEthersSigner, mask: bigint, submissionId = 1n) =>
  review.connect(validator).commit(submissionId, commitmentOf(submissionId, validator.address, mask));

/** Commits all ballots, reveals those with `reveal`, and goes to the end of the round. */
async function runRound(
  review: ContributionReview,
  ballots: readonly { validator: HardhatEthersSigner; mask: bigint; reveal?: boolean }[],
) {
  for (const { validator, mask } of ballots) await commit(review, validator, mask);
  await time.increase(COMMIT_PERIOD);
  for (const { validator, mask, reveal } of ballots)
    if (reveal !== false) await review.connect(validator).reveal(1, mask, SALT);
  await time.increase(REVEAL_PERIOD);
}

describe("ContributionReview", () => {
  describe("commitments", () => {
    it("come from staked validators that the Datanet lists", async () => {
      const { review, stranger, curator, datanets, stakes, token, timelock, a } = await load();
      await expect(commit(review, stranger, 0n))
        .to.be.revertedWithCustomError(review, "ReviewNotValidator")
        .withArgs(1n, stranger.address);
      await datanets.connect(curator).setValidator(1, stranger, true);
      await expect(commit(review, stranger, 0n))
        .to.be.revertedWithCustomError(review, "ReviewStakeTooLow")
        .withArgs(stranger.address, 0n, STAKE);
      await stakes.connect(stranger).register(Role.Validator, stranger, 0, ...OWN_KEY);
      await token.connect(timelock).approve(stakes, STAKE);
      await stakes.connect(timelock).stake(Role.Validator, stranger, STAKE - 1n, 0, 0);
      await expect(commit(review, stranger, 0n)).to.be.revertedWithCustomError(review, "ReviewStakeTooLow");
      await datanets.connect(curator).setValidator(1, a, false);
      await expect(commit(review, a, 0n)).to.be.revertedWithCustomError(review, "ReviewNotValidator");
    });

    it("do not come from the contributor or the sponsor", async () => {
      const { review, contributions, a, b, relayer, contributor, token } = await load();
      for (const account of [a, relayer]) {
        await token.transfer(account, 100n * (BOND + FEE));
        await token.connect(account).approve(contributions, ethers.MaxUint256);
      }
      await contributions.connect(a).submit(1, partsOf(1), "", CAPS);
      await expect(commit(review, a, 1n, 2n))
        .to.be.revertedWithCustomError(review, "ReviewConflictOfInterest")
        .withArgs(2n, a.address);

      const { chainId } = await ethers.provider.getNetwork();
      const consent = await contributor.signTypedData(
        { name: "OpenLedger", version: "2", chainId, verifyingContract: await contributions.getAddress() },
        {
          Consent: [
            { name: "contributor", type: "address" },
            { name: "datanetId", type: "uint256" },
            { name: "partsHash", type: "bytes32" },
            { name: "uri", type: "string" },
            { name: "bond", type: "uint96" },
            { name: "reviewFee", type: "uint96" },
            { name: "judgeModelId", type: "uint64" },
            { name: "nonce", type: "uint256" },
            { name: "deadline", type: "uint256" },
          ],
        },
        {
          contributor: contributor.address,
          datanetId: 1n,
          partsHash: (await contributions.submissionOf(2)).partsHash,
          uri: "",
          ...CAPS,
          nonce: 0n,
          deadline: 2n ** 40n,
        },
      );
      await contributions.connect(a).submitFor(contributor, 1, partsOf(1), "", CAPS, 2n ** 40n, consent);
      await expect(commit(review, a, 1n, 3n)).to.be.revertedWithCustomError(review, "ReviewConflictOfInterest");
      await commit(review, b, 1n, 3n);
    });

    it("name an open submission and hide a mask", async () => {
      const { review, contributions, a } = await load();
      await expect(commit(review, a, 1n, 9n))
        .to.be.revertedWithCustomError(contributions, "ContributionUnknownSubmission")
        .withArgs(9n);
      await expect(review.connect(a).commit(1, ethers.ZeroHash)).to.be.revertedWithCustomError(
        review,
        "ReviewEmptyCommitment",
      );
    });

    it("open a round and are taken once each, until the reveals begin", async () => {
      const { review, a, b } = await load();
      const now = BigInt(await time.latest()) + 10n;
      await time.setNextBlockTimestamp(now);
      await expect(commit(review, a, 1n))
        .to.emit(review, "RoundOpened")
        .withArgs(1n, 1n, now + COMMIT_PERIOD, now + COMMIT_PERIOD + REVEAL_PERIOD);
      await expect(commit(review, a, 2n))
        .to.be.revertedWithCustomError(review, "ReviewAlreadyCommitted")
        .withArgs(1n, a.address);
      await time.setNextBlockTimestamp(now + COMMIT_PERIOD);
      await expect(commit(review, b, 1n))
        .to.be.revertedWithCustomError(review, "ReviewCommitsClosed")
        .withArgs(1n, now + COMMIT_PERIOD);
      expect(await review.roundOf(1)).to.deep.equal([
        1n,
        now + COMMIT_PERIOD,
        now + COMMIT_PERIOD + REVEAL_PERIOD,
        2n,
        1n,
        0n,
      ]);
    });

    it("fill a round with 31", async () => {
      const { review, contributions, contributor, panel } = await deployReview(ethers, 32);
      await contributions.connect(contributor).submit(1, partsOf(4), "", CAPS);
      for (const validator of panel.slice(0, 31)) await commit(review, validator, 1n);
      const last = panel[31];
      if (last === undefined) throw new Error("32 validators.");
      await expect(commit(review, last, 1n))
        .to.be.revertedWithCustomError(review, "ReviewRoundFull")
        .withArgs(1n);
      await time.increase(COMMIT_PERIOD);
      for (const validator of panel.slice(0, 31)) await review.connect(validator).reveal(1, 1n, SALT);
      await time.increase(REVEAL_PERIOD);
      await review.resolve(1);
      expect((await contributions.submissionOf(1)).acceptedMask).to.equal(1n);
    });
  });

  describe("reveals", () => {
    it("are taken between the commitments and the end of the round", async () => {
      const { review, a } = await load();
      await expect(review.connect(a).reveal(1, 1n, SALT))
        .to.be.revertedWithCustomError(review, "ReviewRevealsClosed")
        .withArgs(1n, 0n, 0n);
      await commit(review, a, 1n);
      const { revealsFrom, endsAt } = await review.roundOf(1);
      await expect(review.connect(a).reveal(1, 1n, SALT))
        .to.be.revertedWithCustomError(review, "ReviewRevealsClosed")
        .withArgs(1n, revealsFrom, endsAt);
      await time.setNextBlockTimestamp(endsAt);
      await expect(review.connect(a).reveal(1, 1n, SALT)).to.be.revertedWithCustomError(review, "ReviewRevealsClosed");
    });

    it("match their commitment, once, with no bit beyond the parts", async () => {
      const { review, a, b, c } = await load();
      await commit(review, a, 0b0011n);
      await commit(review, b, 0b10000n);
      await time.increase(COMMIT_PERIOD);
      await expect(review.connect(c).reveal(1, 1n, SALT))
        .to.be.revertedWithCustomError(review, "ReviewNotCommitted")
        .withArgs(1n, c.address);
      await expect(review.connect(a).reveal(1, 0b0111n, SALT))
        .to.be.revertedWithCustomError(review, "ReviewWrongReveal")
        .withArgs(1n, a.address);
      await expect(review.connect(a).reveal(1, 0b0011n, ethers.ZeroHash)).to.be.revertedWithCustomError(
        review,
        "ReviewWrongReveal",
      );
      await expect(review.connect(b).reveal(1, 0b10000n, SALT))
        .to.be.revertedWithCustomError(review, "ReviewInvalidMask")
        .withArgs(0b10000n, 4n);
      await expect(review.connect(a).reveal(1, 0b0011n, SALT))
        .to.emit(review, "Revealed")
        .withArgs(1n, 1n, a.address, 0b0011n);
      await expect(review.connect(a).reveal(1, 0b0011n, SALT))
        .to.be.revertedWithCustomError(review, "ReviewAlreadyRevealed")
        .withArgs(1n, a.address);
    });

    it("cannot copy somebody else's commitment", async () => {
      const { review, a, b } = await load();
      await review.connect(b).commit(1, commitmentOf(1n, a.address, 1n));
      await time.increase(COMMIT_PERIOD);
      await expect(review.connect(b).reveal(1, 1n, SALT)).to.be.revertedWithCustomError(review, "ReviewWrongReveal");
    });
  });

  describe("resolution", () => {
    it("waits for the end of a round", async () => {
      const { review, a } = await load();
      await expect(review.resolve(1)).to.be.revertedWithCustomError(review, "ReviewNotEnded").withArgs(1n, 0n);
      await commit(review, a, 1n);
      const { endsAt } = await review.roundOf(1);
      await time.setNextBlockTimestamp(endsAt - 1n);
      await expect(review.resolve(1)).to.be.revertedWithCustomError(review, "ReviewNotEnded").withArgs(1n, endsAt);
    });

    it("accepts each part that more than half of the revealed masks approve", async () => {
      const { review, contributions, a, b, c } = await load();
      await runRound(review, [
        { validator: a, mask: 0b0111n },
        { validator: b, mask: 0b0101n },
        { validator: c, mask: 0b1001n },
      ]);
      await expect(review.resolve(1)).to.emit(review, "ReviewResolved").withArgs(1n, 1n, 0b0101n);
      const submission = await contributions.submissionOf(1);
      expect(submission.acceptedMask).to.equal(0b0101n);
      expect(submission.resolved).to.equal(true);
      expect((await contributions.contributionOf(1)).status).to.equal(Status.Accepted);
      expect((await contributions.contributionOf(2)).status).to.equal(Status.Rejected);
      await expect(commit(review, a, 1n))
        .to.be.revertedWithCustomError(review, "ReviewAlreadyResolved")
        .withArgs(1n);
      await expect(review.resolve(1)).to.be.revertedWithCustomError(review, "ReviewNotEnded");
    });

    it("rejects on a tie", async () => {
      const { review, contributions, a, b } = await load();
      await runRound(review, [
        { validator: a, mask: 0b1111n },
        { validator: b, mask: 0b0001n },
      ]);
      await review.resolve(1);
      expect((await contributions.submissionOf(1)).acceptedMask).to.equal(0b0001n);
    });

    it("pays reviewers for the parts on which they agree with the outcome, the rest to the contributor", async () => {
      const { review, token, contributor, contributions, a, b, c } = await load();
      // Accepted: 0b0111. The three agree on 4, 3 and 1 of the 4 parts, and each part is worth FEE / 3 to each of them.
      await runRound(review, [
        { validator: a, mask: 0b0111n },
        { validator: b, mask: 0b0101n },
        { validator: c, mask: 0b1010n },
      ]);
      const share = FEE / 3n;
      await expect(review.resolve(1)).to.changeTokenBalances(
        ethers,
        token,
        [a, b, c, contributor],
        [4n * share, 3n * share, share, 4n * share + BOND],
      );
      expect(await token.balanceOf(contributions)).to.equal(3n * BOND);
    });

    it("slashes who committed and did not reveal, and nobody else", async () => {
      const { review, stakes, token, treasury, a, b, c } = await load();
      await runRound(review, [
        { validator: a, mask: 0b0001n },
        { validator: b, mask: 0b0001n },
        { validator: c, mask: 0b0001n, reveal: false },
      ]);
      const slash = (STAKE * SLASH_BPS) / 10_000n;
      await expect(review.resolve(1)).to.changeTokenBalance(ethers, token, treasury, slash);
      const stakeOf = async (v: HardhatEthersSigner) => (await stakes.poolOf(Role.Validator, v)).assets;
      expect(await Promise.all([a, b, c].map(stakeOf))).to.deep.equal([STAKE, STAKE, STAKE - slash]);
    });

    it("voids a round with too few reveals, slashes the absent and lets another begin", async () => {
      const { review, stakes, contributions, token, contributor, a, b, c } = await load();
      await runRound(review, [
        { validator: a, mask: 0b0001n },
        { validator: b, mask: 0b0001n, reveal: false },
      ]);
      await expect(commit(review, c, 1n)).to.be.revertedWithCustomError(review, "ReviewCommitsClosed");
      const resolve = review.resolve(1);
      await expect(resolve).to.emit(review, "RoundVoided").withArgs(1n, 1n, 1n, 2n);
      await expect(resolve).to.changeTokenBalances(ethers, token, [a, contributor], [0n, 0n]);
      expect((await contributions.submissionOf(1)).resolved).to.equal(false);
      expect(await stakes.stakeOf(Role.Validator, b)).to.equal(0n); // in jail
      expect(await review.roundOf(1)).to.deep.equal([1n, 0n, 0n, 0n, 0n, 0n]);

      await runRound(review, [
        { validator: a, mask: 0b0010n },
        { validator: c, mask: 0b0010n },
      ]);
      await expect(review.resolve(1)).to.emit(review, "ReviewResolved").withArgs(1n, 2n, 0b0010n);
    });

    it("needs as many votes as the Datanet demanded when the round began", async () => {
      const { review, datanets, curator, a, b } = await load();
      await commit(review, a, 1n);
      await commit(review, b, 1n);
      await datanets.connect(curator).setTerms(1, { ...TERMS, votesNeeded: 5n });
      await time.increase(COMMIT_PERIOD);
      for (const validator of [a, b]) await review.connect(validator).reveal(1, 1n, SALT);
      await time.increase(REVEAL_PERIOD);
      await expect(review.resolve(1)).to.emit(review, "ReviewResolved");
    });
  });

  describe("expiry", () => {
    it("waits for the timeout and for an open round", async () => {
      const { review, contributions, a, b } = await load();
      const { submittedAt } = await contributions.submissionOf(1);
      const timeout = submittedAt + TIMEOUT;
      await expect(review.expire(1)).to.be.revertedWithCustomError(review, "ReviewNotExpired").withArgs(1n, timeout);
      await time.setNextBlockTimestamp(timeout - 1n);
      await commit(review, a, 1n);
      await time.setNextBlockTimestamp(timeout + 1n);
      await expect(review.expire(1)).to.be.revertedWithCustomError(review, "ReviewNotExpired");
      await time.increase(COMMIT_PERIOD + REVEAL_PERIOD);
      await review.resolve(1);
      await expect(commit(review, b, 1n))
        .to.be.revertedWithCustomError(review, "ReviewTimedOut")
        .withArgs(1n, timeout);
      await review.expire(1);
    });

    it("rejects what nobody decided and refunds everything", async () => {
      const { review, contributions, contributor, token } = await load();
      await time.increase(TIMEOUT);
      const expire = review.expire(1);
      await expect(expire).to.emit(review, "ReviewExpired").withArgs(1n);
      await expect(expire).to.changeTokenBalance(ethers, token, contributor, 4n * (BOND + FEE));
      expect((await contributions.contributionOf(1)).status).to.equal(Status.Rejected);
      await expect(review.expire(1)).to.be.revertedWithCustomError(contributions, "ContributionAlreadyResolved");
    });
  });

  describe("governance", () => {
    it("keeps the policy in bounds", async () => {
      const { review, timelock } = await load();
      for (const [field, change, minimum, maximum] of [
        [0n, { commitPeriod: 9n }, 10n, 259_200n],
        [1n, { revealPeriod: 259_201n }, 10n, 259_200n],
        [2n, { reviewTimeout: 0n }, 3_600n, 864_000n],
        [2n, { reviewTimeout: 864_001n }, 3_600n, 864_000n],
        [3n, { noRevealSlashBps: 1_001n }, 1n, 1_000n],
        [4n, { minValidatorStake: 0n }, 1n, 2n ** 96n - 1n],
      ] as const) {
        await announce({ ethers, networkHelpers }, review, "setPolicy", [{ ...POLICY, ...change }]);
        await expect(review.setPolicy({ ...POLICY, ...change }))
          .to.be.revertedWithCustomError(review, "ReviewPolicyOutOfBounds")
          .withArgs(field, Object.values(change)[0], minimum, maximum);
      }
      const changed = { ...POLICY, commitPeriod: 10n };
      await expect(review.setPolicy(changed)).to.be.revertedWithCustomError(review, "ExitDelayNotAnnounced");
      await announce({ ethers, networkHelpers }, review, "setPolicy", [changed]);
      await expect(review.setPolicy(changed)).to.emit(review, "PolicySet").withArgs(Object.values(changed));
      expect(await review.policy()).to.deep.equal(Object.values(changed));
      await expect(review.initialize(timelock, POLICY)).to.be.revertedWithCustomError(review, "InvalidInitialization");
    });

    it("belongs to the timelock", async () => {
      const { review, stranger, contributions, datanets, stakes } = await load();
      const logic = await ethers.deployContract("ContributionReview", [contributions, datanets, stakes]);
      const outside = review.connect(stranger);
      for (const call of [() => outside.setPolicy(POLICY), () => outside.upgradeToAndCall(logic, "0x")])
        await expect(call()).to.be.revertedWithCustomError(review, "OwnableUnauthorizedAccount");
      await announce({ ethers, networkHelpers }, review, "upgradeToAndCall", [await logic.getAddress(), "0x"]);
      await review.upgradeToAndCall(logic, "0x");
      expect(await review.policy()).to.deep.equal(Object.values(POLICY));
    });
  });
});
