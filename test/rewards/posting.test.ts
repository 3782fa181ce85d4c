import { expect } from "chai";
import { network } from "hardhat";
import type { Hash } from "@openledger/protocol/hex.ts";
import { keccakText } from "@openledger/protocol/keccak.ts";
import { rootHashOf, type ScoreRoot } from "@openledger/protocol/eip712/scoreRoot.ts";
import { OPEN, STAKE_PARAMETERS, digestOfRoot, nextRoot, signRoot } from "./deployRewards.ts";
import { createSettling, EPOCH, GRACE, MODEL, WINDOW } from "./settling.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const { time } = networkHelpers;
const { deploy, fundEpoch, post } = createSettling({ ethers, networkHelpers });

describe("posting a root", () => {
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
    await expect(post(deployed, root)).to.be.revertedWithCustomError(distributor, "QuorumUnknownSnapshot").withArgs(2);
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
