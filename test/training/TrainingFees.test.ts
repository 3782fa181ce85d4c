import { expect } from "chai";
import { network } from "hardhat";
import { trainingCommitment } from "@openledger/protocol/registry/training.ts";
import { asAddress, asHash } from "@openledger/protocol/hex.ts";
import { announce } from "../access/announce.ts";
import { DAY, OPEN } from "../datanet/deployRegistries.ts";
import { activate, deployMarket } from "../payments/deployMarket.ts";
import { FREE, SIZE } from "./freeTraining.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const { time } = networkHelpers;
const chain = { ethers, networkHelpers };

const HOUR = 3_600n;
/** 3 rows · 10 parameters · 2 epochs · 1 member. */
const WORK = 60n;
const PRICES = {
  base: 5n * OPEN,
  perUnit: OPEN,
  maxWork: 1_000n,
  workPerSecond: 2n,
  commitWindow: HOUR,
  revealWindow: 2n * HOUR,
};
const FEE = PRICES.base + WORK * PRICES.perUnit;
const SALT = ethers.id("salt");
const DIGEST = ethers.id("weights");

/** A market in which training costs something, three operators in its quorum, and model 1 of `owner` without a version. */
async function fixture() {
  const loaded = await deployMarket(ethers);
  const { token, models, stakes, timelock, buyer: owner, operators, terms } = loaded;
  await models.connect(owner).mint(terms, "");
  await models.pinSnapshot(1);
  await time.increase(2n * DAY);
  await stakes.snapshotQuorum();
  const fees = await ethers.getContractAt("TrainingFees", await models.trainingFees());
  await announce(chain, fees, "setPrices", [PRICES]);
  await fees.setPrices(PRICES);
  await stakes.snapshotQuorum();
  await token.transfer(owner, 10_000n * OPEN);
  await token.connect(owner).approve(fees, ethers.MaxUint256);
  const snapshotId = await stakes.latestSnapshot();
  const places = await Promise.all(operators.map((_, i) => stakes.operatorAt(snapshotId, i)));
  const workers = operators.map(({ account }) => ({
    account,
    member: BigInt(places.indexOf(account.address)),
    commitment: commitmentOf(account.address),
  }));
  return { ...loaded, owner, timelock, fees, workers, snapshotId };
}
const load = () => networkHelpers.loadFixture(fixture);

const commitmentOf = (operator: string, digest = DIGEST) =>
  trainingCommitment(asHash(digest), asHash(SALT), asAddress(operator));

/** Version 1 with its fee escrowed. */
async function published() {
  const loaded = await fixture();
  await loaded.models.connect(loaded.owner).publishVersion(1, loaded.artefacts, FEE);
  return loaded;
}
const loadPublished = () => networkHelpers.loadFixture(published);

describe("TrainingFees", () => {
  describe("escrow", () => {
    it("takes base and a price for rows · parameters · epochs · members from the publisher", async () => {
      const { fees, models, owner, token, artefacts, snapshotId } = await load();
      expect(await fees.feeOf(SIZE)).to.equal(FEE);
      const publish = models.connect(owner).publishVersion(1, artefacts, FEE);
      await expect(publish).to.changeTokenBalances(ethers, token, [owner, fees], [-FEE, FEE]);
      const due = BigInt(await time.latest()) + WORK / PRICES.workPerSecond;
      await expect(publish)
        .to.emit(fees, "TrainingEscrowed")
        .withArgs(1n, owner.address, FEE, snapshotId, due + HOUR, due + 3n * HOUR);
      expect(await fees.trainingOf(1)).to.deep.equal([
        ...[owner.address, FEE, snapshotId, due + HOUR, due + 3n * HOUR, 0n],
      ]);
      expect(await fees.busyUntil()).to.equal(due);
      expect(await models.isPaid(1)).to.equal(false);
    });

    it("takes no more than the publisher agreed to", async () => {
      const { fees, models, owner, artefacts } = await load();
      await expect(models.connect(owner).publishVersion(1, artefacts, FEE - 1n))
        .to.be.revertedWithCustomError(fees, "TrainingFeeAboveMax")
        .withArgs(FEE, FEE - 1n);
    });

    it("refuses sizes that are empty or above what operators run, and everybody but the registry", async () => {
      const { fees, models, owner, artefacts, stranger } = await load();
      const publish = (size: typeof SIZE) => models.connect(owner).publishVersion(1, { ...artefacts, size }, FEE * 20n);
      for (const [size, work] of [
        [{ ...SIZE, rows: 0n }, 0n],
        [{ ...SIZE, members: 17n }, 1_020n],
        [{ rows: 2n ** 64n - 1n, parameters: 2n ** 64n - 1n, epochs: 2n ** 32n - 1n, members: 65_535n }, undefined],
      ] as const) {
        const refused = expect(publish(size)).to.be.revertedWithCustomError(fees, "TrainingSizeOutOfBounds");
        await (work === undefined ? refused : refused.withArgs(work, 1_000n));
      }
      await expect(fees.connect(stranger).escrow(1, stranger, SIZE, FEE))
        .to.be.revertedWithCustomError(fees, "TrainingUnauthorized")
        .withArgs(stranger.address);
    });

    it("queues the work: later versions have later windows, and none waits longer than 30 days", async () => {
      const { fees, models, owner, artefacts } = await load();
      const slow = { ...PRICES, perUnit: 1n, maxWork: 30n * DAY, workPerSecond: 1n };
      await announce(chain, fees, "setPrices", [slow]);
      await fees.setPrices(slow);
      const size = { rows: 30n * DAY, parameters: 1n, epochs: 1n, members: 1n };
      const publish = (large: boolean) =>
        models.connect(owner).publishVersion(1, large ? { ...artefacts, size } : artefacts, 100n * OPEN);
      await publish(false);
      const first = await fees.busyUntil();
      await publish(true);
      expect(await fees.busyUntil()).to.equal(first + 30n * DAY);
      await expect(publish(false))
        .to.be.revertedWithCustomError(fees, "TrainingQueueFull")
        .withArgs(first + 30n * DAY);
      await time.increase(60n);
      await publish(false);
      expect((await fees.trainingOf(3)).commitEnds).to.equal(first + 30n * DAY + WORK + HOUR);
    });

    it("is nothing where training is free", async () => {
      const { fees, models, owner, token, artefacts } = await load();
      await announce(chain, fees, "setPrices", [FREE]);
      await fees.setPrices(FREE);
      await expect(models.connect(owner).publishVersion(1, artefacts, 0n)).to.changeTokenBalances(
        ethers,
        token,
        [owner],
        [0n],
      );
      expect(await models.isPaid(1)).to.equal(true);
      await expect(fees.commit(1, SALT)).to.be.revertedWithCustomError(fees, "TrainingCommitsClosed").withArgs(1n, 0n);
      await expect(fees.refund(1)).to.be.revertedWithCustomError(fees, "TrainingNothingToRefund");
    });

    it("needs operators whom it could pay", async () => {
      const { models, buyer, terms, artefacts } = await deployMarket(ethers);
      const fees = await ethers.getContractAt("TrainingFees", await models.trainingFees());
      await announce(chain, fees, "setPrices", [PRICES]);
      await fees.setPrices(PRICES);
      await models.connect(buyer).mint(terms, "");
      await models.pinSnapshot(1);
      await expect(models.connect(buyer).publishVersion(1, artefacts, FEE)).to.be.revertedWithCustomError(
        fees,
        "TrainingNoQuorum",
      );
    });
  });

  describe("commitments", () => {
    it("are taken once from each operator, until the window ends", async () => {
      const { fees, workers } = await loadPublished();
      const [{ account, commitment }] = workers as [(typeof workers)[0]];
      const by = fees.connect(account);
      await expect(by.commit(1, ethers.ZeroHash)).to.be.revertedWithCustomError(fees, "TrainingEmptyCommitment");
      await expect(by.commit(1, commitment))
        .to.emit(fees, "TrainingCommitted")
        .withArgs(1n, account.address, commitment);
      await expect(by.commit(1, commitment))
        .to.be.revertedWithCustomError(fees, "TrainingAlreadyCommitted")
        .withArgs(1n, account.address);
      const { commitEnds } = await fees.trainingOf(1);
      await time.setNextBlockTimestamp(commitEnds);
      await expect(fees.connect(workers[1]!.account).commit(1, commitment))
        .to.be.revertedWithCustomError(fees, "TrainingCommitsClosed")
        .withArgs(1n, commitEnds);
    });

    it("cannot be copied, opened early, late or by another, or opened twice", async () => {
      const { fees, workers, stranger, snapshotId } = await loadPublished();
      const [honest, copier] = workers as [(typeof workers)[0], (typeof workers)[0]];
      await fees.connect(honest.account).commit(1, honest.commitment);
      await fees.connect(copier.account).commit(1, honest.commitment);
      await fees.connect(stranger).commit(1, commitmentOf(stranger.address));
      const reveal = ({ account, member }: Pick<typeof honest, "account" | "member">, digest = DIGEST) =>
        fees.connect(account).reveal(1, member, digest, SALT);
      const { commitEnds, revealEnds } = await fees.trainingOf(1);
      await expect(reveal(honest))
        .to.be.revertedWithCustomError(fees, "TrainingRevealsClosed")
        .withArgs(1n, commitEnds, revealEnds);
      await time.increaseTo(commitEnds);
      await expect(reveal(copier))
        .to.be.revertedWithCustomError(fees, "TrainingWrongReveal")
        .withArgs(1n, copier.account.address);
      await expect(reveal(workers[2]!)).to.be.revertedWithCustomError(fees, "TrainingWrongReveal");
      await expect(reveal(honest, ethers.id("other"))).to.be.revertedWithCustomError(fees, "TrainingWrongReveal");
      await expect(reveal({ account: stranger, member: honest.member }))
        .to.be.revertedWithCustomError(fees, "TrainingNotMember")
        .withArgs(snapshotId, honest.member, stranger.address);
      await expect(reveal(honest)).to.emit(fees, "TrainingRevealed");
      await expect(reveal(honest))
        .to.be.revertedWithCustomError(fees, "TrainingAlreadyRevealed")
        .withArgs(1n, honest.account.address);
      await time.setNextBlockTimestamp(revealEnds);
      await expect(reveal(copier)).to.be.revertedWithCustomError(fees, "TrainingRevealsClosed");
    });
  });

  describe("payment", () => {
    it("goes by weight to all that revealed, whatever they found, to the last wei", async () => {
      const { fees, models, workers, token, stranger } = await loadPublished();
      const [first, second, third] = workers as [(typeof workers)[0], (typeof workers)[0], (typeof workers)[0]];
      await fees.connect(first.account).commit(1, first.commitment);
      const other = ethers.id("other weights");
      await fees.connect(second.account).commit(1, commitmentOf(second.account.address, other));
      await fees.connect(third.account).commit(1, third.commitment);
      const { commitEnds, revealEnds } = await fees.trainingOf(1);
      await time.increaseTo(commitEnds);
      expect(await models.isPaid(1)).to.equal(false);
      await fees.connect(first.account).reveal(1, first.member, DIGEST, SALT);
      expect(await models.isPaid(1)).to.equal(true);
      await fees.connect(second.account).reveal(1, second.member, other, SALT);
      await expect(fees.claim(1, first.account))
        .to.be.revertedWithCustomError(fees, "TrainingNotEnded")
        .withArgs(1n, revealEnds);
      await time.increaseTo(revealEnds);
      await expect(fees.refund(1)).to.be.revertedWithCustomError(fees, "TrainingNothingToRefund").withArgs(1n);
      // Both staked the same; the third hid what it had found.
      await expect(fees.connect(stranger).claim(1, first.account)).to.changeTokenBalances(
        ethers,
        token,
        [first.account, fees, stranger],
        [FEE / 2n, -FEE / 2n, 0n],
      );
      await expect(fees.claim(1, third.account))
        .to.be.revertedWithCustomError(fees, "TrainingNothingToClaim")
        .withArgs(1n, third.account.address);
      await fees.claim(1, second.account);
      await expect(fees.claim(1, second.account)).to.be.revertedWithCustomError(fees, "TrainingNothingToClaim");
      expect(await token.balanceOf(fees)).to.equal(0n);
    });

    it("returns to the publisher when nobody trained, and the version is never active", async () => {
      const loaded = await loadPublished();
      const { fees, models, workers, token, owner, stranger } = loaded;
      await fees.connect(workers[0]!.account).commit(1, workers[0]!.commitment);
      const { revealEnds } = await fees.trainingOf(1);
      await expect(fees.refund(1)).to.be.revertedWithCustomError(fees, "TrainingNotEnded").withArgs(1n, revealEnds);
      await time.increaseTo(revealEnds);
      await expect(fees.connect(stranger).refund(1)).to.changeTokenBalances(ethers, token, [owner, fees], [FEE, -FEE]);
      await expect(fees.refund(1)).to.be.revertedWithCustomError(fees, "TrainingNothingToRefund");
      expect(await models.isPaid(1)).to.equal(false);
      await expect(activate(ethers, loaded, 1n)).to.be.revertedWithCustomError(loaded.indexes, "IndexNotPaid");
    });
  });

  it("changes its prices after everybody could leave, within bounds, for later versions alone", async () => {
    const { fees, models, owner, artefacts } = await loadPublished();
    const before = await fees.trainingOf(1);
    const most = 2n ** 96n - 1n - PRICES.base;
    for (const [field, change, minimum, maximum] of [
      [0n, { base: 2n ** 64n }, 0n, 2n ** 64n - 1n],
      [2n, { maxWork: 0n }, 1n, most / OPEN],
      [2n, { maxWork: most / OPEN + 1n }, 1n, most / OPEN],
      [3n, { maxWork: 60n * DAY, workPerSecond: 1n }, 2n, 2n ** 128n - 1n],
      [4n, { commitWindow: 599n }, 600n, 7n * DAY],
      [5n, { revealWindow: 7n * DAY + 1n }, 600n, 7n * DAY],
    ] as const) {
      const snapshot = await networkHelpers.takeSnapshot();
      await announce(chain, fees, "setPrices", [{ ...PRICES, ...change }]);
      await expect(fees.setPrices({ ...PRICES, ...change }))
        .to.be.revertedWithCustomError(fees, "TrainingPriceOutOfBounds")
        .withArgs(field, Object.values(change).at(field === 3n ? 1 : 0), minimum, maximum);
      await snapshot.restore();
    }
    const dearer = { ...PRICES, base: 6n * OPEN };
    await expect(fees.setPrices(dearer)).to.be.revertedWithCustomError(fees, "ExitDelayNotAnnounced");
    await announce(chain, fees, "setPrices", [dearer]);
    await expect(fees.setPrices(dearer)).to.emit(fees, "PricesSet").withArgs(Object.values(dearer));
    expect(await fees.prices()).to.deep.equal(Object.values(dearer));
    expect(await fees.trainingOf(1)).to.deep.equal(before);
    await expect(models.connect(owner).publishVersion(1, artefacts, FEE)).to.be.revertedWithCustomError(
      fees,
      "TrainingFeeAboveMax",
    );
  });
});
