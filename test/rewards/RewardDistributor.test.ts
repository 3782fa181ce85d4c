import { expect } from "chai";
import { network } from "hardhat";
import type { Hash } from "@openledger/protocol/hex.ts";
import { keccakText } from "@openledger/protocol/keccak.ts";
import { rootHashOf, type ScoreRoot } from "@openledger/protocol/eip712/scoreRoot.ts";
import {
  DAY,
  DISPUTES,
  HOLDING,
  OPEN,
  Role,
  STAKE_PARAMETERS,
  digestOfRoot,
  nextRoot,
  signRoot,
} from "./deployRewards.ts";
import { createSettling, EPOCH, GRACE, MODEL, WINDOW } from "./settling.ts";

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
      const { distributor, operators } = deployed;
      const root = await nextRoot(distributor, await fundEpoch(deployed, OPEN), keccakText("payouts"));
      const few = await signRoot(deployed, root, operators.slice(0, 3));
      await expect(distributor.post(root, few)).to.be.revertedWithCustomError(distributor, "QuorumTooLittleWeight");
      const all = await signRoot(deployed, root, operators);
      const changed = { ...root, bundleHash: keccakText("another bundle") };
      await expect(distributor.post(changed, all)).to.be.revertedWithCustomError(distributor, "QuorumMismatch");
    });

    it("hashes a root as EIP-712 says", async () => {
      const deployed = await networkHelpers.loadFixture(deploy);
      const { distributor } = deployed;
      const root = await nextRoot(distributor, await fundEpoch(deployed, OPEN), keccakText("payouts"));
      for (const snapshotId of [1n, 2n ** 64n - 1n]) {
        expect(await distributor.scoreRootDigest(root, snapshotId)).to.equal(
          await digestOfRoot(distributor, root, snapshotId),
        );
      }
    });

    it("refuses everything that the chain knows better", async () => {
      const deployed = await networkHelpers.loadFixture(deploy);
      const { distributor } = deployed;
      const root = await nextRoot(distributor, await fundEpoch(deployed, OPEN), keccakText("payouts"));
      const wrong: [Partial<ScoreRoot>, string][] = [
        [{ previousRoot: keccakText("no root") }, "DistributorWrongPreviousRoot"],
        [{ firstEpoch: 2n, lastEpoch: 2n }, "DistributorWrongEpochs"],
        [{ lastEpoch: 0n }, "DistributorEpochNotFunded"],
        [{ lastEpoch: 2n }, "DistributorEpochNotFunded"],
        [{ payoutsRoot: `0x${"00".repeat(32)}` as Hash }, "DistributorEmptyRoot"],
        [{ accounts: 0 }, "DistributorEmptyRoot"],
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

    it("waits until the last epoch is closed", async () => {
      const deployed = await networkHelpers.loadFixture(deploy);
      const { distributor, market, clock } = deployed;
      await distributor.connect(market).fund(MODEL, OPEN);
      await time.increaseTo((await clock.endOf(1n)) + GRACE - 10n);
      const root = await nextRoot(distributor, 1n, keccakText("payouts"));
      await expect(post(deployed, root))
        .to.be.revertedWithCustomError(distributor, "DistributorEpochNotClosed")
        .withArgs(1n);
      await time.increaseTo((await clock.endOf(1n)) + GRACE);
      await post(deployed, root);
    });

    it("takes a root in the second in which its last epoch closes", async () => {
      const deployed = await networkHelpers.loadFixture(deploy);
      const { distributor, market, clock } = deployed;
      await distributor.connect(market).fund(MODEL, OPEN);
      const root = await nextRoot(distributor, 1n, keccakText("payouts"));
      await time.setNextBlockTimestamp((await clock.endOf(1n)) + GRACE);
      await post(deployed, root);
    });

    it("settles the first epoch of a chain that was idle for a year, and the next after another year", async () => {
      const deployed = await networkHelpers.loadFixture(deploy);
      const { distributor, clock } = deployed;
      const IDLE_EPOCHS = 52n;
      for (const round of [0n, 1n]) {
        await time.increase(IDLE_EPOCHS * EPOCH);
        const epoch = await fundEpoch(deployed, OPEN);
        expect(epoch).to.be.greaterThan((round + 1n) * IDLE_EPOCHS);
        await time.increase(3n * EPOCH);
        await deployed.stakes.snapshotQuorum();
        const root = await nextRoot(distributor, epoch, keccakText(`payouts ${round}`));
        await expect(post(deployed, { ...root, lastEpoch: epoch + 1n }))
          .to.be.revertedWithCustomError(distributor, "DistributorEpochNotFunded")
          .withArgs(epoch + 1n);
        await post(deployed, root);
        await time.increase(WINDOW);
        await distributor.finalize(root);
        expect((await distributor.finalizedRoot()).lastEpoch).to.equal(epoch);
        expect(await clock.current()).to.be.greaterThan(epoch);
      }
    });

    it("settles up to 32 funded epochs at once, and passes over those without revenue", async () => {
      const deployed = await networkHelpers.loadFixture(deploy);
      const { distributor, market, stakes, clock } = deployed;
      const funded: bigint[] = [];
      for (let n = 0n; n < 33n; n++) {
        // Nothing makes no epoch a funded one.
        await distributor.connect(market).fund(MODEL, 0n);
        await time.increase((1n + (n % 3n)) * EPOCH);
        funded.push(await clock.current());
        await distributor.connect(market).fund(MODEL, OPEN);
        await distributor.connect(market).fund(2n, OPEN);
      }
      await time.increase(3n * EPOCH);
      await stakes.snapshotQuorum();
      let epoch = 0n;
      for (const next of funded) expect((epoch = await distributor.nextFunded(epoch))).to.equal(next);
      expect(await distributor.nextFunded(epoch)).to.equal(0n);

      const tooMany = await nextRoot(distributor, funded[32]!, keccakText("payouts"));
      await expect(post(deployed, tooMany))
        .to.be.revertedWithCustomError(distributor, "DistributorTooManyEpochs")
        .withArgs(32n);
      const root = await nextRoot(distributor, funded[31]!, keccakText("payouts"));
      expect(root.payoutsTotal).to.equal(64n * OPEN);
      await post(deployed, root);
    });

    it("keeps one root pending, with all that slashing its signers needs", async () => {
      const deployed = await networkHelpers.loadFixture(deploy);
      const { distributor } = deployed;
      const root = await nextRoot(distributor, await fundEpoch(deployed, OPEN), keccakText("payouts"));
      const transaction = await post(deployed, root);
      const rootHash = rootHashOf(root);
      const { lastEpoch, payoutsRoot, payoutsTotal, accounts, modelsRoot, bundleHash } = root;
      await expect(transaction)
        .to.emit(distributor, "RootPosted")
        .withArgs(rootHash, lastEpoch, payoutsRoot, payoutsTotal, accounts, modelsRoot, bundleHash);
      const { timestamp } = (await ethers.provider.getBlock("latest"))!;
      expect([...(await distributor.pendingRoot())]).to.deep.equal([rootHash, BigInt(timestamp), 2n, 0b11111n]);
      await expect(post(deployed, { ...root, previousRoot: rootHash }))
        .to.be.revertedWithCustomError(distributor, "DistributorRootPending")
        .withArgs(rootHash);
    });

    it("refuses signatures under a revoked snapshot", async () => {
      const deployed = await networkHelpers.loadFixture(deploy);
      const { distributor, stakes, guardian, operators } = deployed;
      const root = await nextRoot(distributor, await fundEpoch(deployed, OPEN), keccakText("payouts"));
      await stakes.connect(guardian).slash(0, operators[0]!.account, 1, ethers.ZeroAddress);
      await expect(post(deployed, root))
        .to.be.revertedWithCustomError(distributor, "QuorumUnknownSnapshot")
        .withArgs(2);
    });

    it("counts signatures under the latest snapshot alone: the same root has to be signed again under the next", async () => {
      const deployed = await networkHelpers.loadFixture(deploy);
      const { distributor, disputes, stakes, operators } = deployed;
      const root = await nextRoot(distributor, await fundEpoch(deployed, OPEN), keccakText("payouts"));
      const once = await signRoot(deployed, root, operators);
      await distributor.post(root, once);
      await distributor.connect(disputes).cancel(rootHashOf(root), false);
      await time.increase(STAKE_PARAMETERS.snapshotInterval);
      await stakes.snapshotQuorum();
      await expect(distributor.post(root, once)).to.be.revertedWithCustomError(distributor, "QuorumMismatch");
      // The same signatures under the number of the new snapshot are signatures of something else.
      const renumbered = `0x${3n.toString(16).padStart(16, "0")}${once.slice(18)}`;
      await expect(distributor.post(root, renumbered)).to.be.revertedWithCustomError(distributor, "QuorumMismatch");
      await post(deployed, root);
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
        .withArgs(rootHashOf(root), root.payoutsRoot, root.lastEpoch, root.payoutsTotal, root.payoutsTotal);
      expect([...(await distributor.finalizedRoot())]).to.deep.equal([
        rootHashOf(root),
        root.payoutsRoot,
        root.lastEpoch,
        root.payoutsTotal,
        BigInt(root.accounts),
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
      await expect(distributor.connect(disputes).cancel(rootHash, true))
        .to.be.revertedWithCustomError(distributor, "DistributorRootNotPending")
        .withArgs(rootHash);
    });

    it("never comes for a cancelled root, and the same epochs can be posted again", async () => {
      const deployed = await networkHelpers.loadFixture(deployPending);
      const { distributor, disputes, root, rootHash, windowEnd, stranger } = deployed;
      await expect(distributor.connect(stranger).cancel(rootHash, true))
        .to.be.revertedWithCustomError(distributor, "DistributorUnauthorized")
        .withArgs(stranger);
      await expect(distributor.connect(disputes).cancel(keccakText("another"), true)).to.be.revertedWithCustomError(
        distributor,
        "DistributorRootNotPending",
      );
      await expect(distributor.connect(disputes).cancel(rootHash, true))
        .to.emit(distributor, "RootCancelled")
        .withArgs(rootHash, true);
      await time.increaseTo(windowEnd);
      await expect(distributor.finalize(root)).to.be.revertedWithCustomError(distributor, "DistributorRootNotPending");
      await expect(distributor.connect(disputes).cancel(rootHash, true)).to.be.revertedWithCustomError(
        distributor,
        "DistributorRootNotPending",
      );
      // What was proven wrong is barred for ever, whoever signs it.
      expect(await distributor.isBarred(rootHash)).to.equal(true);
      await expect(post(deployed, root))
        .to.be.revertedWithCustomError(distributor, "DistributorRootBarred")
        .withArgs(rootHash);
      await post(deployed, { ...root, payoutsRoot: keccakText("the right payouts") });
    });

    it("is possible for a root that was cancelled unanswered, once it is signed anew", async () => {
      const deployed = await networkHelpers.loadFixture(deployPending);
      const { distributor, disputes, root, rootHash } = deployed;
      await expect(distributor.connect(disputes).cancel(rootHash, false))
        .to.emit(distributor, "RootCancelled")
        .withArgs(rootHash, false);
      expect(await distributor.isBarred(rootHash)).to.equal(false);
      await post(deployed, root);
      await time.increase(WINDOW);
      await distributor.finalize(root);
    });

    it("leaves the last finalized root in force when the next one is cancelled", async () => {
      const deployed = await networkHelpers.loadFixture(deployClaims);
      const { distributor, disputes, place, mine, proof } = deployed;
      const before = await distributor.finalizedRoot();
      const root = await nextRoot(distributor, await fundEpoch(deployed, OPEN), keccakText("payouts"));
      await post(deployed, root);
      await distributor.connect(disputes).cancel(rootHashOf(root), false);
      expect(await distributor.finalizedRoot()).to.deep.equal(before);
      await post(deployed, root);
      await distributor.claim(place, { ...mine }, proof);
    });
  });

  describe("governance", () => {
    /** Makes a call as the owner, once everybody could have left. */
    async function afterExit({ distributor }: Awaited<ReturnType<typeof deploy>>, call: string) {
      await distributor.announce(call);
      await time.increase(60n * DAY);
      const owner = await ethers.provider.getSigner(await distributor.owner());
      return owner.sendTransaction({ to: distributor, data: call });
    }

    it("lets the guardian stop new roots for a while, and nothing else", async () => {
      const deployed = await networkHelpers.loadFixture(deploy);
      const { distributor, guardian, owner, stranger } = deployed;
      const root = await nextRoot(distributor, await fundEpoch(deployed, OPEN), keccakText("payouts"));
      for (const account of [stranger, owner]) {
        await expect(distributor.connect(account).pausePosts(1n))
          .to.be.revertedWithCustomError(distributor, "DistributorUnauthorized")
          .withArgs(account);
      }
      for (const duration of [0n, 7n * DAY + 1n]) {
        await expect(distributor.connect(guardian).pausePosts(duration))
          .to.be.revertedWithCustomError(distributor, "DistributorOutOfBounds")
          .withArgs(duration, 1n, 7n * DAY);
      }
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

    it("lets no pause follow another for four weeks, neither while it lasts nor after it was ended", async () => {
      const { distributor, guardian } = await networkHelpers.loadFixture(deploy);
      const asGuardian = distributor.connect(guardian);
      await asGuardian.pausePosts(7n * DAY);
      let until = await distributor.pausedUntil();
      for (const now of [until - DAY, until + 28n * DAY - 1n]) {
        await time.setNextBlockTimestamp(now);
        await expect(asGuardian.pausePosts(7n * DAY))
          .to.be.revertedWithCustomError(distributor, "DistributorPausedRecently")
          .withArgs(until + 28n * DAY);
      }
      await time.setNextBlockTimestamp(until + 28n * DAY);
      await asGuardian.pausePosts(DAY);
      await asGuardian.resumePosts();
      until = await distributor.pausedUntil();
      expect(until).to.equal(BigInt(await time.latest()));
      // Ending it again changes nothing.
      await asGuardian.resumePosts();
      expect(await distributor.pausedUntil()).to.equal(until);
      await expect(asGuardian.pausePosts(1n))
        .to.be.revertedWithCustomError(distributor, "DistributorPausedRecently")
        .withArgs(until + 28n * DAY);
    });

    it("lets the owner end a pause, and strangers none", async () => {
      const deployed = await networkHelpers.loadFixture(deploy);
      const { distributor, guardian, owner, stranger } = deployed;
      const root = await nextRoot(distributor, await fundEpoch(deployed, OPEN), keccakText("payouts"));
      await distributor.connect(guardian).pausePosts(DAY);
      await expect(distributor.connect(stranger).resumePosts()).to.be.revertedWithCustomError(
        distributor,
        "DistributorUnauthorized",
      );
      await distributor.connect(owner).resumePosts();
      await post(deployed, root);
    });

    it("belongs to the owner", async () => {
      const { distributor, stranger } = await networkHelpers.loadFixture(deploy);
      const asStranger = distributor.connect(stranger);
      for (const call of [
        () => asStranger.wire(stranger, []),
        () => asStranger.setFunder(stranger, true),
        () => asStranger.setGuardian(stranger),
        () => asStranger.setChallengeWindow(DAY),
        () => asStranger.announce("0x"),
      ]) {
        await expect(call())
          .to.be.revertedWithCustomError(distributor, "OwnableUnauthorizedAccount")
          .withArgs(stranger);
      }
    });

    it("names disputes and first funders once, and is built on nothing but contracts", async () => {
      const { distributor, token, clock, stakes, owner, stranger, market } = await networkHelpers.loadFixture(deploy);
      await expect(distributor.wire(stranger, [stranger]))
        .to.be.revertedWithCustomError(distributor, "DistributorAlreadyWired")
        .withArgs(DISPUTES);
      const args = [token, clock, stakes, owner, owner, 3_600n, 3_600n];
      const fresh = await ethers.deployContract("RewardDistributor", args);
      await expect(fresh.wire(ethers.ZeroAddress, [])).to.be.revertedWithCustomError(
        fresh,
        "DistributorInvalidAddress",
      );
      await expect(fresh.wire(stranger, [market, owner]))
        .to.emit(fresh, "DisputesSet")
        .withArgs(stranger)
        .and.to.emit(fresh, "FunderSet")
        .withArgs(owner, true);
      expect(await fresh.isFunder(market)).to.equal(true);
      for (const missing of [0, 1, 2]) {
        const parts = args.map((part, i) => (i === missing ? ethers.ZeroAddress : part));
        const deployment = ethers.deployContract("RewardDistributor", parts);
        await expect(deployment).to.be.revertedWithCustomError(distributor, "DistributorInvalidAddress");
      }
    });

    it("gives notice of every change that could touch money, longer than everybody needs to leave", async () => {
      const deployed = await networkHelpers.loadFixture(deploy);
      const { distributor, stranger } = deployed;
      for (const [name, args, event] of [
        ["setFunder", [stranger.address, true], "FunderSet"],
        ["setChallengeWindow", [DAY], "ChallengeWindowSet"],
      ] as const) {
        const call = distributor.interface.encodeFunctionData(name as "setFunder", args as never);
        const owner = await ethers.provider.getSigner(await distributor.owner());
        await expect(owner.sendTransaction({ to: distributor, data: call })).to.be.revertedWithCustomError(
          distributor,
          "ExitDelayNotAnnounced",
        );
        await expect(afterExit(deployed, call))
          .to.emit(distributor, event)
          .withArgs(...args);
      }
    });

    it("tells of every other change", async () => {
      const { distributor, stakes, guardian, operators, stranger } = await networkHelpers.loadFixture(deploy);
      await expect(distributor.setGuardian(stranger)).to.emit(distributor, "GuardianSet").withArgs(stranger);
      expect(await distributor.guardian()).to.equal(stranger);
      // A new quorum comes from the stake manager, which revokes the old one.
      await expect(stakes.connect(guardian).slash(Role.Oracle, operators[0]!.account, 1, ethers.ZeroAddress))
        .to.emit(distributor, "QuorumSet")
        .withArgs(0n);
    });

    it("bounds the challenge window, and leaves it alone while a root is pending", async () => {
      const deployed = await networkHelpers.loadFixture(deploy);
      const { distributor, stakes } = deployed;
      const call = (duration: bigint) => distributor.interface.encodeFunctionData("setChallengeWindow", [duration]);
      for (const duration of [3_599n, 7n * DAY + 1n]) {
        await expect(afterExit(deployed, call(duration)))
          .to.be.revertedWithCustomError(distributor, "DistributorOutOfBounds")
          .withArgs(duration, 3_600n, 7n * DAY);
      }
      for (const duration of [3_600n, 7n * DAY, WINDOW]) await afterExit(deployed, call(duration));
      await stakes.snapshotQuorum();
      const root = await nextRoot(distributor, await fundEpoch(deployed, OPEN), keccakText("payouts"));
      await post(deployed, root);
      await expect(afterExit(deployed, call(DAY))).to.be.revertedWithCustomError(distributor, "DistributorRootPending");
      await distributor.finalize(root);
      await afterExit(deployed, call(DAY));
      expect(await distributor.challengeWindow()).to.equal(DAY);
    });
  });
});
