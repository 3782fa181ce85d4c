import { expect } from "chai";
import { network } from "hardhat";
import { keccakText } from "@openledger/protocol/keccak.ts";
import { rootHashOf } from "@openledger/protocol/eip712/scoreRoot.ts";
import { DAY, DISPUTES, HOLDING, OPEN, Role, nextRoot } from "./deployRewards.ts";
import { createSettling, MODEL, WINDOW } from "./settling.ts";

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
