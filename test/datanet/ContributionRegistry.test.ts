import { expect } from "chai";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { network } from "hardhat";
import {
  Admission,
  BOND,
  COOL_OFF,
  DAY,
  FEE,
  Kind,
  OPEN,
  Status,
  TERMS,
  deployRegistries,
  partsOf,
} from "./deployRegistries.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const { time } = networkHelpers;
const coder = ethers.AbiCoder.defaultAbiCoder();

/** Two signers stand for the contracts that decide submissions and charge harm. */
async function fixture() {
  const registries = await deployRegistries(ethers);
  const [, , , , , , review, harm] = await ethers.getSigners();
  if (review === undefined || harm === undefined) throw new Error("Needs 8 accounts.");
  await registries.contributions.setReview(review);
  await registries.contributions.setHarmCharges(harm);
  return { ...registries, review, harm };
}
const load = () => networkHelpers.loadFixture(fixture);
type Loaded = Awaited<ReturnType<typeof fixture>>;

const hashOfParts = (parts: ReturnType<typeof partsOf>) =>
  ethers.keccak256(
    coder.encode(
      ["tuple(uint8,bytes32,uint32)[]"],
      [parts.map(({ kind, contentRoot, examples }) => [kind, contentRoot, examples])],
    ),
  );

/** Three contributions, the first two accepted. */
async function accepted() {
  const loaded = await fixture();
  const { contributions, contributor, review } = loaded;
  await contributions.connect(contributor).submit(1, partsOf(3), "ipfs://parts");
  await contributions.connect(review).resolve(1, 0b011n, [], []);
  return loaded;
}
const loadAccepted = () => networkHelpers.loadFixture(accepted);

async function consentOf(
  { contributions }: Loaded,
  signer: HardhatEthersSigner,
  message: { contributor: string; datanetId: bigint; partsHash: string; uri: string; nonce: bigint; deadline: bigint },
) {
  const { chainId } = await ethers.provider.getNetwork();
  const domain = {
    name: "OpenLedger",
    version: "1",
    chainId,
    verifyingContract: await contributions.getAddress(),
  };
  const types = {
    Consent: [
      { name: "contributor", type: "address" },
      { name: "datanetId", type: "uint256" },
      { name: "partsHash", type: "bytes32" },
      { name: "uri", type: "string" },
      { name: "nonce", type: "uint256" },
      { name: "deadline", type: "uint256" },
    ],
  };
  return signer.signTypedData(domain, types, message);
}

describe("ContributionRegistry", () => {
  describe("submission", () => {
    it("refuses no parts, 257 parts, and parts without content or examples", async () => {
      const { contributions, contributor } = await load();
      const by = contributions.connect(contributor);
      for (const size of [0, 257])
        await expect(by.submit(1, partsOf(size), ""))
          .to.be.revertedWithCustomError(contributions, "ContributionInvalidSize")
          .withArgs(size);
      const [first, second] = partsOf(2);
      if (first === undefined || second === undefined) throw new Error("Two parts.");
      for (const broken of [{ contentRoot: ethers.ZeroHash }, { examples: 0n }])
        await expect(by.submit(1, [first, { ...second, ...broken }], ""))
          .to.be.revertedWithCustomError(contributions, "ContributionInvalidPart")
          .withArgs(1n);
    });

    it("refuses an unknown Datanet", async () => {
      const { contributions, contributor, datanets } = await load();
      await expect(contributions.connect(contributor).submit(9, partsOf(1), "")).to.be.revertedWithCustomError(
        datanets,
        "ERC721NonexistentToken",
      );
    });

    it("refuses whom the Datanet does not admit", async () => {
      const { contributions, contributor, curator, datanets } = await load();
      await datanets.connect(curator).setTerms(1, { ...TERMS, admission: Admission.Allowlist });
      await expect(contributions.connect(contributor).submit(1, partsOf(1), ""))
        .to.be.revertedWithCustomError(contributions, "ContributionNotAdmitted")
        .withArgs(1n, contributor.address);
      await datanets.connect(curator).setContributor(1, contributor, true);
      await contributions.connect(contributor).submit(1, partsOf(1), "");
    });

    it("takes quality data from the Datanet's owner and validators only", async () => {
      const { contributions, contributor, curator, datanets } = await load();
      const quality = partsOf(1, Kind.Quality);
      await expect(contributions.connect(contributor).submit(1, quality, ""))
        .to.be.revertedWithCustomError(contributions, "ContributionNotCurator")
        .withArgs(1n, contributor.address);
      await datanets.connect(curator).setValidator(1, contributor, true);
      await contributions.connect(contributor).submit(1, quality, "");
      // Whom the Datanet does not admit may still curate it.
      await datanets.connect(curator).setTerms(1, { ...TERMS, admission: Admission.Allowlist });
      await contributions.connect(curator).submit(1, quality, "");
      expect((await contributions.contributionOf(2)).kind).to.equal(Kind.Quality);
    });

    it("refuses who cannot pay bond and fee", async () => {
      const { contributions, stranger, token } = await load();
      await expect(contributions.connect(stranger).submit(1, partsOf(1), "")).to.be.revertedWithCustomError(
        token,
        "ERC20InsufficientAllowance",
      );
    });

    it("registers every part as a token of the contributor and takes bond and fee for each", async () => {
      const { contributions, contributor, token } = await load();
      const parts = partsOf(3);
      const submit = contributions.connect(contributor).submit(1, parts, "ipfs://parts");
      await expect(submit).to.changeTokenBalances(
        ethers,
        token,
        [contributor, contributions],
        [-3n * (BOND + FEE), 3n * (BOND + FEE)],
      );
      await expect(submit)
        .to.emit(contributions, "Submitted")
        .withArgs(
          1n,
          1n,
          contributor.address,
          ethers.ZeroAddress,
          1n,
          parts.map((p) => Object.values(p)),
          "ipfs://parts",
        );
      for (const id of [1n, 2n, 3n]) {
        await expect(submit).to.emit(contributions, "Transfer").withArgs(ethers.ZeroAddress, contributor.address, id);
        expect(await contributions.ownerOf(id)).to.equal(contributor.address);
      }
      expect(await contributions.balanceOf(contributor)).to.equal(3n);
      expect(await contributions.count()).to.equal(3n);
      expect(await contributions.submissionCount()).to.equal(1n);

      const second = await contributions.contributionOf(2);
      expect(second).to.deep.equal(
        Object.values({
          datanetId: 1n,
          submissionId: 1n,
          kind: Kind.Train,
          status: Status.Submitted,
          contentRoot: parts[1]?.contentRoot,
          examples: 11n,
          contributor: contributor.address,
          bond: BOND,
          revokedFrom: 0n,
          acceptedAt: 0n,
          revokedAt: 0n,
        }),
      );
      const submission = await contributions.submissionOf(1);
      expect(submission).to.deep.equal(
        Object.values({
          datanetId: 1n,
          contributor: contributor.address,
          sponsor: ethers.ZeroAddress,
          firstContributionId: 1n,
          size: 3n,
          bond: BOND,
          reviewFee: FEE,
          submittedAt: BigInt(await time.latest()),
          resolved: false,
          acceptedMask: 0n,
          partsHash: hashOfParts(parts),
        }),
      );
    });

    it("costs nothing where bond and fee are zero", async () => {
      const { contributions, stranger, curator, datanets, token } = await load();
      await datanets.connect(curator).setTerms(1, { ...TERMS, bond: 0n, reviewFee: 0n });
      await contributions.connect(stranger).submit(1, partsOf(1), "");
      expect(await token.balanceOf(contributions)).to.equal(0n);
    });

    it("takes 256 parts at once", async () => {
      const { contributions, contributor, review } = await load();
      await contributions.connect(contributor).submit(1, partsOf(256), "");
      await contributions.connect(review).resolve(1, ethers.MaxUint256, [], []);
      expect((await contributions.accumulatorOf(1)).accepted).to.equal(256n);
      expect((await contributions.contributionOf(256)).status).to.equal(Status.Accepted);
    });
  });

  describe("consent", () => {
    const parts = partsOf(2);
    const message = (contributor: HardhatEthersSigner) => ({
      contributor: contributor.address,
      datanetId: 1n,
      partsHash: hashOfParts(parts),
      uri: "ipfs://parts",
      nonce: 0n,
      deadline: 2n ** 40n,
    });

    it("is refused after its deadline", async () => {
      const loaded = await load();
      const { contributions, contributor, relayer } = loaded;
      const late = { ...message(contributor), deadline: 1n };
      const signature = await consentOf(loaded, contributor, late);
      await expect(contributions.connect(relayer).submitFor(contributor, 1, parts, late.uri, 1, signature))
        .to.be.revertedWithCustomError(contributions, "ContributionConsentExpired")
        .withArgs(1n);
    });

    it("is refused from anybody else and for anything else", async () => {
      const loaded = await load();
      const { contributions, contributor, relayer } = loaded;
      const consent = message(contributor);
      const by = contributions.connect(relayer);
      const forged = await consentOf(loaded, relayer, consent);
      const signed = await consentOf(loaded, contributor, consent);
      for (const call of [
        () => by.submitFor(contributor, 1, parts, consent.uri, consent.deadline, forged),
        () => by.submitFor(contributor, 1, parts, "ipfs://other", consent.deadline, signed),
        () => by.submitFor(contributor, 1, partsOf(3), consent.uri, consent.deadline, signed),
        () => by.submitFor(contributor, 1, parts, consent.uri, consent.deadline + 1n, signed),
        () => by.submitFor(contributor, 2, parts, consent.uri, consent.deadline, signed),
      ])
        await expect(call())
          .to.be.revertedWithCustomError(contributions, "ContributionInvalidConsent")
          .withArgs(contributor.address);
    });

    it("is refused once the contributor has cancelled it", async () => {
      const loaded = await load();
      const { contributions, contributor, relayer } = loaded;
      const consent = message(contributor);
      const signature = await consentOf(loaded, contributor, consent);
      await expect(contributions.connect(contributor).cancelConsent())
        .to.emit(contributions, "ConsentCancelled")
        .withArgs(contributor.address, 0n);
      await expect(
        contributions.connect(relayer).submitFor(contributor, 1, parts, consent.uri, consent.deadline, signature),
      ).to.be.revertedWithCustomError(contributions, "ContributionInvalidConsent");
    });

    it("registers for the contributor, once, at the relayer's expense", async () => {
      const loaded = await load();
      const { contributions, contributor, relayer, token } = loaded;
      const consent = message(contributor);
      const signature = await consentOf(loaded, contributor, consent);
      const submit = () =>
        contributions.connect(relayer).submitFor(contributor, 1, parts, consent.uri, consent.deadline, signature);
      await expect(submit()).to.changeTokenBalances(ethers, token, [contributor, relayer], [0n, -2n * (BOND + FEE)]);
      expect(await contributions.ownerOf(2)).to.equal(contributor.address);
      expect((await contributions.submissionOf(1)).sponsor).to.equal(relayer.address);
      expect(await contributions.nonces(contributor)).to.equal(1n);
      await expect(submit()).to.be.revertedWithCustomError(contributions, "ContributionInvalidConsent");
    });

    it("returns bond and unearned fee to the relayer that paid them", async () => {
      const loaded = await load();
      const { contributions, contributor, relayer, review, buyer, token } = loaded;
      const consent = message(contributor);
      const signature = await consentOf(loaded, contributor, consent);
      await contributions.connect(relayer).submitFor(contributor, 1, parts, consent.uri, consent.deadline, signature);
      await expect(contributions.connect(review).resolve(1, 0b01n, [buyer], [FEE])).to.changeTokenBalances(
        ethers,
        token,
        [relayer, contributor, buyer],
        [BOND + FEE, 0n, FEE],
      );
      await contributions.connect(contributor).revoke(1);
      await time.increase(DAY + COOL_OFF);
      await expect(contributions.connect(contributor).withdrawBond(1)).to.changeTokenBalances(
        ethers,
        token,
        [relayer, contributor],
        [BOND, 0n],
      );
    });
  });

  describe("decision", () => {
    it("is taken by the review contract, once, within the submission", async () => {
      const { contributions, contributor, review, timelock } = await load();
      await contributions.connect(contributor).submit(1, partsOf(3), "");
      for (const account of [contributor, timelock])
        await expect(contributions.connect(account).resolve(1, 1n, [], []))
          .to.be.revertedWithCustomError(contributions, "ContributionUnauthorized")
          .withArgs(account.address);
      const by = contributions.connect(review);
      await expect(by.resolve(2, 1n, [], []))
        .to.be.revertedWithCustomError(contributions, "ContributionUnknownSubmission")
        .withArgs(2n);
      await expect(by.resolve(1, 0b1000n, [], []))
        .to.be.revertedWithCustomError(contributions, "ContributionInvalidMask")
        .withArgs(0b1000n, 3n);
      await by.resolve(1, 0n, [], []);
      await expect(by.resolve(1, 1n, [], []))
        .to.be.revertedWithCustomError(contributions, "ContributionAlreadyResolved")
        .withArgs(1n);
    });

    it("pays reviewers at most the fee", async () => {
      const { contributions, contributor, review, buyer } = await load();
      await contributions.connect(contributor).submit(1, partsOf(3), "");
      await expect(contributions.connect(review).resolve(1, 1n, [buyer, buyer], [3n * FEE, 1n]))
        .to.be.revertedWithCustomError(contributions, "ContributionFeeExceeded")
        .withArgs(1n, 3n * FEE + 1n, 3n * FEE);
    });

    it("returns the bonds of what it rejects and the fee that nobody earned", async () => {
      const { contributions, contributor, review, buyer, stranger, token } = await load();
      await contributions.connect(contributor).submit(1, partsOf(3), "");
      const resolve = contributions.connect(review).resolve(1, 0b101n, [buyer, stranger], [OPEN, 2n * OPEN]);
      const refund = BOND + 3n * FEE - 3n * OPEN;
      await expect(resolve).to.changeTokenBalances(
        ethers,
        token,
        [contributor, buyer, stranger],
        [refund, OPEN, 2n * OPEN],
      );
      const { accumulator } = await contributions.accumulatorOf(1);
      await expect(resolve).to.emit(contributions, "Resolved").withArgs(1n, 1n, 0b101n, refund, accumulator);
      expect(await token.balanceOf(contributions)).to.equal(2n * BOND);
      const all = await Promise.all([1, 2, 3].map((id) => contributions.contributionOf(id)));
      expect(all.map((c) => c.status)).to.deep.equal([Status.Accepted, Status.Rejected, Status.Accepted]);
      expect(all.map((c) => c.bond)).to.deep.equal([BOND, 0n, BOND]);
      expect(all.map((c) => c.acceptedAt)).to.deep.equal([1n, 0n, 1n]);
      expect(await Promise.all([1, 2, 3].map((id) => contributions.accruesIn(id, 1)))).to.deep.equal([
        true,
        false,
        true,
      ]);
    });

    it("is bound into the Datanet's accumulator in order", async () => {
      const { contributions, contributor, review } = await load();
      const parts = partsOf(2);
      await contributions.connect(contributor).submit(1, parts, "");
      await contributions.connect(contributor).submit(1, parts, "");
      const extend = (accumulator: string, submissionId: bigint, mask: bigint) =>
        ethers.keccak256(
          coder.encode(
            ["bytes32", "uint256", "uint256", "bytes32"],
            [accumulator, submissionId, mask, hashOfParts(parts)],
          ),
        );
      expect(await contributions.accumulatorOf(1)).to.deep.equal([ethers.ZeroHash, 0n]);
      await contributions.connect(review).resolve(2, 0b11n, [], []);
      const first = extend(ethers.ZeroHash, 2n, 0b11n);
      expect(await contributions.accumulatorOf(1)).to.deep.equal([first, 2n]);
      await contributions.connect(review).resolve(1, 0n, [], []);
      const second = extend(first, 1n, 0n);
      expect(await contributions.accumulatorOf(1)).to.deep.equal([second, 2n]);
      await contributions.connect(contributor).revoke(3);
      const third = ethers.keccak256(coder.encode(["bytes32", "uint256"], [second, 3n]));
      expect(await contributions.accumulatorOf(1)).to.deep.equal([third, 1n]);
      expect(await contributions.changesOf(1)).to.equal(3n);
      expect((await contributions.contributionOf(3)).revokedAt).to.equal(3n);
    });
  });

  describe("revocation", () => {
    it("is the owner's right alone", async () => {
      const { contributions, stranger, timelock, curator } = await loadAccepted();
      for (const account of [stranger, timelock, curator])
        await expect(contributions.connect(account).revoke(1))
          .to.be.revertedWithCustomError(contributions, "ContributionUnauthorized")
          .withArgs(account.address);
      await expect(contributions.revoke(9)).to.be.revertedWithCustomError(contributions, "ERC721NonexistentToken");
    });

    it("needs an accepted contribution", async () => {
      const { contributions, contributor } = await loadAccepted();
      const by = contributions.connect(contributor);
      await by.submit(1, partsOf(1), "");
      await by.revoke(1);
      for (const [id, status] of [
        [4n, Status.Submitted],
        [3n, Status.Rejected],
        [1n, Status.Revoked],
      ] as const)
        await expect(by.revoke(id))
          .to.be.revertedWithCustomError(contributions, "ContributionWrongStatus")
          .withArgs(id, status, Status.Accepted);
    });

    it("stops accrual from the next epoch on and keeps past epochs as they were", async () => {
      const { contributions, contributor, clock } = await loadAccepted();
      await time.increase(3n * DAY);
      const now = await clock.current();
      await expect(contributions.connect(contributor).revoke(2)).to.emit(contributions, "Revoked");
      const revoked = await contributions.contributionOf(2);
      expect(revoked.status).to.equal(Status.Revoked);
      expect(revoked.revokedFrom).to.equal(now + 1n);
      expect(await contributions.accruesIn(2, 1)).to.equal(true);
      expect(await contributions.accruesIn(2, now)).to.equal(true);
      expect(await contributions.accruesIn(2, now + 1n)).to.equal(false);
      expect(await contributions.accruesIn(1, now + 1n)).to.equal(true);
    });

    it("frees the bond after the cool-off, once", async () => {
      const { contributions, contributor, stranger, clock, token } = await loadAccepted();
      await expect(contributions.withdrawBond(1))
        .to.be.revertedWithCustomError(contributions, "ContributionWrongStatus")
        .withArgs(1n, Status.Accepted, Status.Revoked);
      await contributions.connect(contributor).revoke(1);
      const free = (await clock.endOf(await clock.current())) + COOL_OFF;
      await time.increaseTo(free - 2n);
      await expect(contributions.withdrawBond(1))
        .to.be.revertedWithCustomError(contributions, "ContributionBondLocked")
        .withArgs(1n, free);
      await time.setNextBlockTimestamp(free);
      await expect(contributions.connect(stranger).withdrawBond(1)).to.changeTokenBalances(
        ethers,
        token,
        [contributor, stranger],
        [BOND, 0n],
      );
      expect((await contributions.contributionOf(1)).bond).to.equal(0n);
      await expect(contributions.withdrawBond(1)).to.changeTokenBalance(ethers, token, contributor, 0n);
    });

    it("pays the bond to the new owner of a contribution that was sold", async () => {
      const { contributions, contributor, buyer, token } = await loadAccepted();
      await contributions.connect(contributor).transferFrom(contributor, buyer, 1);
      await contributions.connect(buyer).revoke(1);
      await time.increase(DAY + COOL_OFF);
      await expect(contributions.withdrawBond(1)).to.changeTokenBalances(
        ethers,
        token,
        [buyer, contributor],
        [BOND, 0n],
      );
    });
  });

  describe("harm", () => {
    it("is charged by one contract, up to the bond", async () => {
      const { contributions, contributor, harm, timelock, buyer } = await loadAccepted();
      for (const account of [contributor, timelock])
        await expect(contributions.connect(account).slashBond(1, 1n, account)).to.be.revertedWithCustomError(
          contributions,
          "ContributionUnauthorized",
        );
      await expect(contributions.connect(harm).slashBond(1, BOND + 1n, buyer))
        .to.be.revertedWithCustomError(contributions, "ContributionBondExceeded")
        .withArgs(1n, BOND + 1n, BOND);
    });

    it("is charged to decided contributions only", async () => {
      const { contributions, contributor, harm, buyer } = await loadAccepted();
      await contributions.connect(contributor).submit(1, partsOf(1), "");
      for (const [id, status] of [
        [3n, Status.Rejected],
        [4n, Status.Submitted],
      ] as const)
        await expect(contributions.connect(harm).slashBond(id, 1n, buyer))
          .to.be.revertedWithCustomError(contributions, "ContributionWrongStatus")
          .withArgs(id, status, Status.Accepted);
      await expect(contributions.connect(harm).slashBond(9, 1n, buyer))
        .to.be.revertedWithCustomError(contributions, "ContributionUnknown")
        .withArgs(9n);
    });

    it("reaches a revoked contribution until its bond is withdrawn, and leaves the rest", async () => {
      const { contributions, contributor, harm, buyer, token } = await loadAccepted();
      await expect(contributions.connect(harm).slashBond(1, 4n * OPEN, buyer)).to.changeTokenBalance(
        ethers,
        token,
        buyer,
        4n * OPEN,
      );
      await contributions.connect(contributor).revoke(1);
      await expect(contributions.connect(harm).slashBond(1, OPEN, buyer))
        .to.emit(contributions, "BondSlashed")
        .withArgs(1n, buyer.address, OPEN);
      expect((await contributions.contributionOf(1)).bond).to.equal(5n * OPEN);
      await time.increase(DAY + COOL_OFF);
      await expect(contributions.withdrawBond(1))
        .to.emit(contributions, "BondWithdrawn")
        .withArgs(1n, contributor.address, 5n * OPEN);
      await expect(contributions.connect(harm).slashBond(1, 1n, buyer)).to.be.revertedWithCustomError(
        contributions,
        "ContributionBondExceeded",
      );
    });
  });

  describe("ownership", () => {
    it("stays with the contributor until the contribution is accepted", async () => {
      const { contributions, contributor, buyer } = await loadAccepted();
      const by = contributions.connect(contributor);
      await by.submit(1, partsOf(1), "");
      for (const [id, status] of [
        [3n, Status.Rejected],
        [4n, Status.Submitted],
      ] as const)
        await expect(by.transferFrom(contributor, buyer, id))
          .to.be.revertedWithCustomError(contributions, "ContributionWrongStatus")
          .withArgs(id, status, Status.Accepted);
    });

    it("moves by the owner's will", async () => {
      const { contributions, contributor, buyer, stranger } = await loadAccepted();
      await expect(contributions.connect(stranger).transferFrom(contributor, buyer, 1)).to.be.revertedWithCustomError(
        contributions,
        "ERC721InsufficientApproval",
      );
      await contributions.connect(contributor).approve(stranger, 1);
      await contributions.connect(stranger).transferFrom(contributor, buyer, 1);
      expect(await contributions.ownerOf(1)).to.equal(buyer.address);
      expect(await contributions.getApproved(1)).to.equal(ethers.ZeroAddress);
      expect(await contributions.balanceOf(contributor)).to.equal(2n);
      expect(await contributions.balanceOf(buyer)).to.equal(1n);
    });

    it("carries the rewards from the next epoch on; past epochs keep their payee", async () => {
      const { contributions, contributor, buyer, stranger, clock } = await loadAccepted();
      const first = await clock.current();
      await contributions.connect(contributor).transferFrom(contributor, buyer, 1);
      // Twice in one epoch: only the owner at its end counts.
      await contributions.connect(buyer).transferFrom(buyer, stranger, 1);
      expect(await contributions.payeeOf(1, first)).to.equal(contributor.address);
      expect(await contributions.payeeOf(1, first + 1n)).to.equal(stranger.address);
      await time.increase(5n * DAY);
      const later = await clock.current();
      await contributions.connect(stranger).transferFrom(stranger, buyer, 1);
      expect(await contributions.payeeOf(1, first)).to.equal(contributor.address);
      expect(await contributions.payeeOf(1, later)).to.equal(stranger.address);
      expect(await contributions.payeeOf(1, later + 1n)).to.equal(buyer.address);
      expect(await contributions.payeeOf(2, later)).to.equal(contributor.address);
    });

    it("can be rotated to another wallet after a revocation", async () => {
      const { contributions, contributor, buyer } = await loadAccepted();
      await contributions.connect(contributor).revoke(1);
      await contributions.connect(contributor).transferFrom(contributor, buyer, 1);
      expect(await contributions.ownerOf(1)).to.equal(buyer.address);
    });

    it("is unknown for ids that were never registered", async () => {
      const { contributions } = await loadAccepted();
      for (const call of [
        () => contributions.contributionOf(4),
        () => contributions.payeeOf(4, 1),
        () => contributions.accruesIn(4, 1),
      ])
        await expect(call()).to.be.revertedWithCustomError(contributions, "ContributionUnknown").withArgs(4n);
      await expect(contributions.submissionOf(2)).to.be.revertedWithCustomError(
        contributions,
        "ContributionUnknownSubmission",
      );
      await expect(contributions.ownerOf(4)).to.be.revertedWithCustomError(contributions, "ERC721NonexistentToken");
    });
  });

  describe("governance", () => {
    it("names review and harm charges once", async () => {
      const { contributions, stranger } = await load();
      const { contributions: fresh } = await deployRegistries(ethers);
      for (const call of [() => fresh.setReview(ethers.ZeroAddress), () => fresh.setHarmCharges(ethers.ZeroAddress)])
        await expect(call()).to.be.revertedWithCustomError(fresh, "ContributionInvalidAddress");
      for (const call of [() => contributions.setReview(stranger), () => contributions.setHarmCharges(stranger)])
        await expect(call()).to.be.revertedWithCustomError(contributions, "ContributionCollaboratorAlreadySet");
    });

    it("keeps the cool-off in bounds", async () => {
      const { contributions, timelock } = await load();
      for (const duration of [DAY - 1n, 365n * DAY + 1n])
        await expect(contributions.setBondCoolOff(duration))
          .to.be.revertedWithCustomError(contributions, "ContributionOutOfBounds")
          .withArgs(duration, DAY, 365n * DAY);
      await expect(contributions.setBondCoolOff(2n * DAY))
        .to.emit(contributions, "BondCoolOffSet")
        .withArgs(2n * DAY);
      expect(await contributions.bondCoolOff()).to.equal(2n * DAY);
      await expect(contributions.initialize(timelock, DAY)).to.be.revertedWithCustomError(
        contributions,
        "InvalidInitialization",
      );
    });

    it("belongs to the timelock", async () => {
      const { contributions, stranger, token, clock, datanets } = await load();
      const logic = await ethers.deployContract("ContributionRegistry", [token, clock, datanets]);
      const outside = contributions.connect(stranger);
      for (const call of [
        () => outside.setReview(stranger),
        () => outside.setHarmCharges(stranger),
        () => outside.setBondCoolOff(DAY),
        () => outside.upgradeToAndCall(logic, "0x"),
      ])
        await expect(call()).to.be.revertedWithCustomError(contributions, "OwnableUnauthorizedAccount");
      await contributions.upgradeToAndCall(logic, "0x");
      expect(await contributions.supportsInterface("0x80ac58cd")).to.equal(true);
    });
  });
});
