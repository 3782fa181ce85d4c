import { expect } from "chai";
import { network } from "hardhat";
import { announce } from "../access/announce.ts";
import { accounts } from "../accounts.ts";
import { deployMarket } from "../payments/deployMarket.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const { time } = networkHelpers;

const DAY = 86_400n;
const HOUR = 3_600n;
const SHORT = 6n * HOUR;
const chain = { ethers, networkHelpers };

async function deploy() {
  const { timelock, stranger } = await accounts(ethers, "timelock", "stranger");
  const clock = await ethers.deployContract("EpochClock", [timelock, DAY, HOUR]);
  const start = BigInt(await time.latest());
  return { clock, timelock, stranger, start };
}

describe("EpochClock", () => {
  it("refuses lengths and graces out of bounds", async () => {
    const { clock, timelock, stranger } = await networkHelpers.loadFixture(deploy);
    const factory = await ethers.getContractFactory("EpochClock");
    const minimum = await clock.MIN_LENGTH();
    const maximum = await clock.MAX_LENGTH();
    for (const length of [0n, minimum - 1n, maximum + 1n]) {
      await expect(factory.deploy(timelock, length, HOUR))
        .to.be.revertedWithCustomError(factory, "EpochClockOutOfBounds")
        .withArgs(length, minimum, maximum);
      await announce(chain, clock, "setLength", [length]);
      await expect(clock.setLength(length)).to.be.revertedWithCustomError(clock, "EpochClockOutOfBounds");
    }
    const maxGrace = await clock.MAX_RECEIPTS_GRACE();
    await expect(factory.deploy(timelock, DAY, maxGrace + 1n))
      .to.be.revertedWithCustomError(factory, "EpochClockOutOfBounds")
      .withArgs(maxGrace + 1n, 0n, maxGrace);
    await expect(clock.setLength(DAY)).to.be.revertedWithCustomError(clock, "ExitDelayNotAnnounced");
    await expect(clock.connect(stranger).setLength(DAY)).to.be.revertedWithCustomError(
      clock,
      "OwnableUnauthorizedAccount",
    );
  });

  it("knows no epoch 0", async () => {
    const { clock } = await networkHelpers.loadFixture(deploy);
    for (const call of [
      () => clock.startOf(0),
      () => clock.endOf(0),
      () => clock.isClosed(0),
      () => clock.receiptsOpen(0),
    ])
      await expect(call()).to.be.revertedWithCustomError(clock, "EpochClockUnknownEpoch").withArgs(0n);
  });

  it("counts from 1, starting with its deployment", async () => {
    const { clock, start } = await networkHelpers.loadFixture(deploy);
    expect(await clock.current()).to.equal(1n);
    expect(await clock.startOf(1)).to.equal(start);
    expect(await clock.endOf(1)).to.equal(start + DAY);
    await time.increaseTo(start + DAY - 1n);
    expect(await clock.current()).to.equal(1n);
    await time.increaseTo(start + DAY);
    expect(await clock.current()).to.equal(2n);
    await time.increaseTo(start + 10n * DAY);
    expect(await clock.current()).to.equal(11n);
  });

  it("takes receipts of an epoch from its begin until the grace is over, then closes it", async () => {
    const { clock, start } = await networkHelpers.loadFixture(deploy);
    expect(await clock.receiptsGrace()).to.equal(HOUR);
    expect(await clock.receiptsOpen(1)).to.equal(true);
    expect(await clock.receiptsOpen(2)).to.equal(false);
    await time.increaseTo(start + DAY + HOUR - 1n);
    expect(await clock.receiptsOpen(1)).to.equal(true);
    expect(await clock.isClosed(1)).to.equal(false);
    await time.increaseTo(start + DAY + HOUR);
    expect(await clock.receiptsOpen(1)).to.equal(false);
    expect(await clock.isClosed(1)).to.equal(true);
    expect(await clock.isClosed(2)).to.equal(false);
  });

  it("changes the length from the next epoch on and moves no epoch that has begun", async () => {
    const { clock, start } = await networkHelpers.loadFixture(deploy);
    await announce(chain, clock, "setLength", [SHORT]);
    const present = await clock.current();
    const end = start + present * DAY;
    await expect(clock.setLength(SHORT))
      .to.emit(clock, "LengthSet")
      .withArgs(present + 1n, SHORT);
    expect(await clock.length()).to.equal(SHORT);
    expect(await clock.current()).to.equal(present);
    expect(await clock.endOf(present)).to.equal(end);
    expect(await clock.endOf(present + 1n)).to.equal(end + SHORT);
    await time.increaseTo(end);
    expect(await clock.current()).to.equal(present + 1n);
    await time.increaseTo(end + 3n * SHORT);
    expect(await clock.current()).to.equal(present + 4n);
    expect(await clock.endOf(1)).to.equal(start + DAY);
    expect(await clock.startOf(2)).to.equal(start + DAY);
  });

  it("lets a later decision in the same epoch replace an earlier one", async () => {
    const { clock, start } = await networkHelpers.loadFixture(deploy);
    await clock.announce(clock.interface.encodeFunctionData("setLength", [SHORT]));
    await announce(chain, clock, "setLength", [2n * SHORT]);
    const end = start + (await clock.current()) * DAY;
    await clock.setLength(SHORT);
    await clock.setLength(2n * SHORT);
    const next = (await clock.current()) + 1n;
    expect(await clock.endOf(next - 1n)).to.equal(end);
    expect(await clock.endOf(next)).to.equal(end + 2n * SHORT);
    await time.increaseTo(end + 4n * SHORT);
    expect(await clock.current()).to.equal(next + 2n);
  });

  it("has no length under which revenue of each epoch would arrive faster than roots settle it", async () => {
    const { clock, distributor } = await deployMarket(ethers);
    const settled = (await distributor.MAX_EPOCHS()) * (await clock.MIN_LENGTH());
    expect(settled).to.be.greaterThan(await distributor.MAX_CHALLENGE_WINDOW());
  });
});
