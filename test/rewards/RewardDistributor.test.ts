import { expect } from "chai";
import { network } from "hardhat";
import type { Hash } from "@openledger/protocol/hex.ts";
import { keccakText } from "@openledger/protocol/keccak.ts";
import { rootHashOf, type ScoreRoot } from "@openledger/protocol/eip712/scoreRoot.ts";
import { DAY, HOLDING, OPEN, STAKE_PARAMETERS, digestOfRoot, nextRoot, signDigest } from "./deployRewards.ts";
import { createSettling, DISPUTES, EPOCH, GRACE, MODEL, WINDOW } from "./settling.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const { time } = networkHelpers;
const { deploy, deployClaims, fundEpoch, post } = createSettling({ ethers, networkHelpers });

describe("RewardDistributor", () => {
  describe("funding", () => {
    it("is for funders only", async () => {
      const { distributor, owner } = await networkHelpers.loadFixture(deploy);
      await expect(distributor.connect(owner).fund(MODEL, 1n))
        .to.be.revertedWithCustomError(distributor, "DistributorUnauthorized")
        .withArgs(owner);
    });

    it("adds to the pool of the model in the current epoch, and takes the OPEN", async () => {
      const { distributor, market, token, clock } = await networkHelpers.loadFixture(deploy);
      const epoch = await clock.current();
      const funded = distributor.connect(market).fund(MODEL, 3n * OPEN);
      await expect(funded)
        .to.emit(distributor, "Funded")
        .withArgs(MODEL, epoch, 3n * OPEN);
      await expect(funded).to.changeTokenBalances(ethers, token, [market, distributor], [-3n * OPEN, 3n * OPEN]);
      await distributor.connect(market).fund(2n, OPEN);
      expect(await distributor.poolOf(MODEL, epoch)).to.equal(3n * OPEN);
      expect(await distributor.fundedIn(epoch)).to.equal(4n * OPEN);
    });
  });

  describe("posting", () => {
    it("refuses a root that is not the quorum's", async () => {
      const deployed = await networkHelpers.loadFixture(deploy);
      const { distributor, stakes, operators } = deployed;
      const root = await nextRoot(distributor, await fundEpoch(deployed, OPEN), keccakText("payouts"));
      const few = await signDigest(stakes, await digestOfRoot(distributor, root), operators.slice(0, 3));
      await expect(distributor.post(root, few)).to.be.revertedWithCustomError(distributor, "QuorumTooLittleWeight");
      const all = await signDigest(stakes, await digestOfRoot(distributor, root), operators);
      const changed = { ...root, bundleHash: keccakText("another bundle") };
      await expect(distributor.post(changed, all)).to.be.revertedWithCustomError(distributor, "QuorumMismatch");
    });

    it("hashes a root as EIP-712 says", async () => {
      const deployed = await networkHelpers.loadFixture(deploy);
      const { distributor } = deployed;
      const root = await nextRoot(distributor, await fundEpoch(deployed, OPEN), keccakText("payouts"));
      expect(await distributor.scoreRootDigest(root)).to.equal(await digestOfRoot(distributor, root));
    });

    it("refuses everything that the chain knows better", async () => {
      const deployed = await networkHelpers.loadFixture(deploy);
      const { distributor } = deployed;
      const root = await nextRoot(distributor, await fundEpoch(deployed, OPEN), keccakText("payouts"));
      const wrong: [Partial<ScoreRoot>, string][] = [
        [{ previousRoot: keccakText("no root") }, "DistributorWrongPreviousRoot"],
        [{ firstEpoch: 2n, lastEpoch: 2n }, "DistributorWrongEpochs"],
        [{ lastEpoch: 0n }, "DistributorWrongEpochs"],
        [{ lastEpoch: 33n }, "DistributorWrongEpochs"],
        [{ lastEpoch: 2n }, "DistributorEpochNotClosed"],
        [{ payoutsRoot: `0x${"00".repeat(32)}` as Hash }, "DistributorEmptyRoot"],
        [{ payoutsTotal: root.payoutsTotal - 1n }, "DistributorWrongTotal"],
        [{ payoutsTotal: root.payoutsTotal + 1n }, "DistributorWrongTotal"],
      ];
      for (const [change, error] of wrong) {
        await expect(post(deployed, { ...root, ...change })).to.be.revertedWithCustomError(distributor, error);
      }
      await expect(post(deployed, { ...root, firstEpoch: 2n, lastEpoch: 2n }))
        .to.be.revertedWithCustomError(distributor, "DistributorWrongEpochs")
        .withArgs(2n, 2n, 1n);
    });

    it("waits until the last epoch is closed, funded or not", async () => {
      const deployed = await networkHelpers.loadFixture(deploy);
      const { distributor, market, clock } = deployed;
      await distributor.connect(market).fund(MODEL, OPEN);
      for (const epoch of [1n, 2n]) {
        const closedAt = (await clock.endOf(epoch)) + GRACE;
        await time.increaseTo(closedAt - 10n);
        const root = await nextRoot(distributor, epoch, keccakText("payouts"));
        await expect(post(deployed, root))
          .to.be.revertedWithCustomError(distributor, "DistributorEpochNotClosed")
          .withArgs(epoch);
      }
      await time.increaseTo((await clock.endOf(2n)) + GRACE);
      await post(deployed, await nextRoot(distributor, 2n, keccakText("payouts")));
    });

    it("takes a root in the second in which its last epoch closes", async () => {
      const deployed = await networkHelpers.loadFixture(deploy);
      const { distributor, market, clock } = deployed;
      await distributor.connect(market).fund(MODEL, OPEN);
      const root = await nextRoot(distributor, 1n, keccakText("payouts"));
      await time.setNextBlockTimestamp((await clock.endOf(1n)) + GRACE);
      await post(deployed, root);
    });

    it("settles up to 32 epochs at once, with or without revenue", async () => {
      const deployed = await networkHelpers.loadFixture(deploy);
      const { distributor, market, stakes } = deployed;
      await distributor.connect(market).fund(MODEL, OPEN);
      await time.increase(20n * EPOCH);
      await distributor.connect(market).fund(MODEL, OPEN);
      await time.increase(20n * EPOCH);
      await stakes.snapshotQuorum();
      const tooMany = await nextRoot(distributor, 33n, keccakText("payouts"));
      await expect(post(deployed, tooMany)).to.be.revertedWithCustomError(distributor, "DistributorWrongEpochs");
      const root = await nextRoot(distributor, 32n, keccakText("payouts"));
      expect(root.payoutsTotal).to.equal(2n * OPEN);
      await post(deployed, root);
    });

    it("keeps one root pending, with all that slashing its signers needs", async () => {
      const deployed = await networkHelpers.loadFixture(deploy);
      const { distributor } = deployed;
      const root = await nextRoot(distributor, await fundEpoch(deployed, OPEN), keccakText("payouts"));
      const transaction = await post(deployed, root);
      const rootHash = rootHashOf(root);
      const { lastEpoch, payoutsRoot, payoutsTotal, modelsRoot, bundleHash } = root;
      await expect(transaction)
        .to.emit(distributor, "RootPosted")
        .withArgs(rootHash, lastEpoch, payoutsRoot, payoutsTotal, modelsRoot, bundleHash);
      const { timestamp } = (await ethers.provider.getBlock("latest"))!;
      expect([...(await distributor.pendingRoot())]).to.deep.equal([rootHash, BigInt(timestamp), 2n, 0b11111n]);
      await expect(post(deployed, { ...root, previousRoot: rootHash }))
        .to.be.revertedWithCustomError(distributor, "DistributorRootPending")
        .withArgs(rootHash);
    });

    it("refuses signatures under a revoked snapshot", async () => {
      const deployed = await networkHelpers.loadFixture(deploy);
      const { distributor, stakes, owner, operators } = deployed;
      const root = await nextRoot(distributor, await fundEpoch(deployed, OPEN), keccakText("payouts"));
      await stakes.connect(owner).setSlasher(owner, true);
      await stakes.connect(owner).slash(0, operators[0]!.account, 1, ethers.ZeroAddress);
      await expect(post(deployed, root))
        .to.be.revertedWithCustomError(distributor, "QuorumUnknownSnapshot")
        .withArgs(2);
    });

    it("learns snapshots from the stake manager only", async () => {
      const { distributor, owner } = await networkHelpers.loadFixture(deploy);
      await expect(distributor.connect(owner).setQuorum(1n)).to.be.revertedWithCustomError(
        distributor,
        "DistributorUnauthorized",
      );
    });
  });

  describe("finalizing", () => {
    async function deployPending() {
      const deployed = await deploy();
      const root = await nextRoot(deployed.distributor, await fundEpoch(deployed, OPEN), keccakText("payouts"));
      await post(deployed, root);
      const { postedAt, rootHash } = await deployed.distributor.pendingRoot();
      return { ...deployed, root, rootHash, windowEnd: postedAt + WINDOW };
    }

    it("waits for the challenge window, to the second", async () => {
      const { distributor, root, windowEnd, stranger } = await networkHelpers.loadFixture(deployPending);
      await time.increaseTo(windowEnd - 2n);
      await expect(distributor.connect(stranger).finalize(root))
        .to.be.revertedWithCustomError(distributor, "DistributorWindowOpen")
        .withArgs(windowEnd);
      await time.increaseTo(windowEnd - 1n);
      await expect(distributor.connect(stranger).finalize(root))
        .to.emit(distributor, "RootFinalized")
        .withArgs(rootHashOf(root), root.payoutsRoot, root.lastEpoch, root.payoutsTotal);
      expect([...(await distributor.finalizedRoot())]).to.deep.equal([
        rootHashOf(root),
        root.payoutsRoot,
        root.lastEpoch,
        root.payoutsTotal,
      ]);
      expect([...(await distributor.pendingRoot())]).to.deep.equal([ethers.ZeroHash, 0n, 0n, 0n]);
    });

    it("takes only the pending root", async () => {
      const { distributor, root, windowEnd } = await networkHelpers.loadFixture(deployPending);
      await time.increaseTo(windowEnd);
      const other = { ...root, payoutsRoot: keccakText("more for me") };
      await expect(distributor.finalize(other))
        .to.be.revertedWithCustomError(distributor, "DistributorRootNotPending")
        .withArgs(rootHashOf(other));
      await distributor.finalize(root);
      await expect(distributor.finalize(root)).to.be.revertedWithCustomError(distributor, "DistributorRootNotPending");
    });

    it("is held up by an open demand, but not for ever", async () => {
      const { distributor, root, rootHash, windowEnd } = await networkHelpers.loadFixture(deployPending);
      await networkHelpers.setCode(DISPUTES, HOLDING);
      await time.increaseTo(windowEnd);
      await expect(distributor.finalize(root))
        .to.be.revertedWithCustomError(distributor, "DistributorRootHeld")
        .withArgs(rootHash);
      // However long the window is, a root is decided on within the 14 days for which its signers' stake stays.
      expect(await distributor.MAX_HOLD()).to.equal(7n * DAY);
      await time.setNextBlockTimestamp(windowEnd + 7n * DAY);
      await distributor.finalize(root);
    });

    it("leaves a pause as it is", async () => {
      const { distributor, guardian, root, windowEnd } = await networkHelpers.loadFixture(deployPending);
      await time.increaseTo(windowEnd);
      await distributor.connect(guardian).pausePosts(3n * DAY);
      const until = await distributor.pausedUntil();
      await distributor.finalize(root);
      expect(await distributor.pausedUntil()).to.equal(until);
    });

    it("is for good: what is final cannot be cancelled", async () => {
      const { distributor, disputes, root, rootHash, windowEnd } = await networkHelpers.loadFixture(deployPending);
      await time.increaseTo(windowEnd);
      await distributor.finalize(root);
      await expect(distributor.connect(disputes).cancel(rootHash))
        .to.be.revertedWithCustomError(distributor, "DistributorRootNotPending")
        .withArgs(rootHash);
    });

    it("never comes for a cancelled root, and the same epochs can be posted again", async () => {
      const deployed = await networkHelpers.loadFixture(deployPending);
      const { distributor, disputes, root, rootHash, windowEnd, stranger } = deployed;
      await expect(distributor.connect(stranger).cancel(rootHash))
        .to.be.revertedWithCustomError(distributor, "DistributorUnauthorized")
        .withArgs(stranger);
      await expect(distributor.connect(disputes).cancel(keccakText("another"))).to.be.revertedWithCustomError(
        distributor,
        "DistributorRootNotPending",
      );
      await expect(distributor.connect(disputes).cancel(rootHash))
        .to.emit(distributor, "RootCancelled")
        .withArgs(rootHash);
      await time.increaseTo(windowEnd);
      await expect(distributor.finalize(root)).to.be.revertedWithCustomError(distributor, "DistributorRootNotPending");
      await expect(distributor.connect(disputes).cancel(rootHash)).to.be.revertedWithCustomError(
        distributor,
        "DistributorRootNotPending",
      );
      await post(deployed, { ...root, payoutsRoot: keccakText("the right payouts") });
    });

    it("leaves the last finalized root in force when the next one is cancelled", async () => {
      const deployed = await networkHelpers.loadFixture(deployClaims);
      const { distributor, disputes, alice, mine, proof } = deployed;
      const before = await distributor.finalizedRoot();
      const root = await nextRoot(distributor, await fundEpoch(deployed, OPEN), keccakText("payouts"));
      await post(deployed, root);
      await distributor.connect(disputes).cancel(rootHashOf(root));
      expect(await distributor.finalizedRoot()).to.deep.equal(before);
      await post(deployed, root);
      await distributor.claim(alice, mine.cumulative, mine.entriesRoot, proof);
    });
  });

  describe("governance", () => {
    it("lets the guardian stop new roots for a while, and nothing else", async () => {
      const deployed = await networkHelpers.loadFixture(deploy);
      const { distributor, guardian, owner, stranger } = deployed;
      const root = await nextRoot(distributor, await fundEpoch(deployed, OPEN), keccakText("payouts"));
      for (const account of [stranger, owner]) {
        await expect(distributor.connect(account).pausePosts(1n))
          .to.be.revertedWithCustomError(distributor, "DistributorUnauthorized")
          .withArgs(account);
      }
      await expect(distributor.connect(guardian).pausePosts(7n * DAY + 1n))
        .to.be.revertedWithCustomError(distributor, "DistributorOutOfBounds")
        .withArgs(7n * DAY + 1n, 0n, 7n * DAY);
      const paused = await distributor.connect(guardian).pausePosts(7n * DAY);
      const until = BigInt((await paused.getBlock())!.timestamp) + 7n * DAY;
      await expect(paused).to.emit(distributor, "PostsPaused").withArgs(until);
      expect(await distributor.pausedUntil()).to.equal(until);
      await expect(post(deployed, root))
        .to.be.revertedWithCustomError(distributor, "DistributorPaused")
        .withArgs(until);
      await time.setNextBlockTimestamp(until);
      await post(deployed, root);
    });

    it("lets the owner end a pause", async () => {
      const deployed = await networkHelpers.loadFixture(deploy);
      const { distributor, guardian, owner } = deployed;
      const root = await nextRoot(distributor, await fundEpoch(deployed, OPEN), keccakText("payouts"));
      await distributor.connect(guardian).pausePosts(DAY);
      await distributor.connect(owner).pausePosts(0n);
      await post(deployed, root);
    });

    it("belongs to the owner", async () => {
      const { distributor, stranger } = await networkHelpers.loadFixture(deploy);
      const asStranger = distributor.connect(stranger);
      for (const call of [
        () => asStranger.setFunder(stranger, true),
        () => asStranger.setDisputes(stranger),
        () => asStranger.setGuardian(stranger),
        () => asStranger.setChallengeWindow(DAY),
      ]) {
        await expect(call())
          .to.be.revertedWithCustomError(distributor, "OwnableUnauthorizedAccount")
          .withArgs(stranger);
      }
    });

    it("names guardian and disputes, and refuses to be built on nothing", async () => {
      const { distributor, token, clock, stakes, owner, stranger } = await networkHelpers.loadFixture(deploy);
      await distributor.setGuardian(stranger);
      expect(await distributor.guardian()).to.equal(stranger);
      await expect(distributor.setDisputes(ethers.ZeroAddress)).to.be.revertedWithCustomError(
        distributor,
        "DistributorInvalidAddress",
      );
      const parts = [token, clock, stakes];
      for (const missing of [0, 1, 2]) {
        const args = parts.map((part, i) => (i === missing ? ethers.ZeroAddress : part));
        const deployment = ethers.deployContract("RewardDistributor", [...args, owner, owner, 1n, 1n]);
        await expect(deployment).to.be.revertedWithCustomError(distributor, "DistributorInvalidAddress");
      }
    });

    it("tells of every change", async () => {
      const { distributor, stakes, owner, stranger } = await networkHelpers.loadFixture(deploy);
      for (const [call, event, args] of [
        [() => distributor.setFunder(stranger, true), "FunderSet", [stranger, true]],
        [() => distributor.setDisputes(stranger), "DisputesSet", [stranger]],
        [() => distributor.setGuardian(stranger), "GuardianSet", [stranger]],
        [() => distributor.setChallengeWindow(DAY), "ChallengeWindowSet", [DAY]],
        // A new quorum comes from the stake manager, which revokes the old one.
        [() => stakes.connect(owner).setParameters(STAKE_PARAMETERS), "QuorumSet", [0n]],
      ] as const) {
        await expect(call())
          .to.emit(distributor, event)
          .withArgs(...args);
      }
    });

    it("bounds the challenge window, and leaves it alone while a root is pending", async () => {
      const deployed = await networkHelpers.loadFixture(deploy);
      const { distributor } = deployed;
      for (const duration of [3_599n, 7n * DAY + 1n]) {
        await expect(distributor.setChallengeWindow(duration))
          .to.be.revertedWithCustomError(distributor, "DistributorOutOfBounds")
          .withArgs(duration, 3_600n, 7n * DAY);
      }
      for (const duration of [3_600n, 7n * DAY, WINDOW]) await distributor.setChallengeWindow(duration);
      const root = await nextRoot(distributor, await fundEpoch(deployed, OPEN), keccakText("payouts"));
      await post(deployed, root);
      await expect(distributor.setChallengeWindow(DAY)).to.be.revertedWithCustomError(
        distributor,
        "DistributorRootPending",
      );
      await time.increase(WINDOW);
      await distributor.finalize(root);
      await distributor.setChallengeWindow(DAY);
    });
  });
});
