import { expect } from "chai";
import { network } from "hardhat";
import { keccakText } from "@openledger/protocol/keccak.ts";
import { DAY, OPEN, Role, STAKE_PARAMETERS, addOperators, signDigest } from "../rewards/deployRewards.ts";
import { announced } from "./announced.ts";
import { createStaking, STAKE } from "./createStaking.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const { time } = networkHelpers;
const { deploy, deployOperators } = createStaking({ ethers, networkHelpers });
const { Oracle, Validator, Compute } = Role;
const EXIT_DELAY = 60n * DAY;

type Staked = Awaited<ReturnType<typeof deploy>>;

const later = ({ owner, stakes }: Pick<Staked, "owner" | "stakes">, name: string, ...args: unknown[]) =>
  announced({ ethers, networkHelpers }, owner, stakes, name, args);

describe("StakeManager's governance", () => {
  it("belongs to the owner", async () => {
    const { stakes, stranger } = await networkHelpers.loadFixture(deploy);
    const asStranger = stakes.connect(stranger);
    const call = stakes.interface.encodeFunctionData("setTreasury", [stranger.address]);
    for (const attempt of [
      () => asStranger.setParameters(STAKE_PARAMETERS),
      () => asStranger.setSlasher(Validator, stranger, true),
      () => asStranger.setTreasury(stranger),
      () => asStranger.seal(stranger, []),
      () => asStranger.announce(call),
      () => asStranger.withdrawAnnouncement(ethers.keccak256(call)),
    ]) {
      await expect(attempt()).to.be.revertedWithCustomError(stakes, "OwnableUnauthorizedAccount").withArgs(stranger);
    }
  });

  it("decides once who settles and who judges oracles", async () => {
    const staked = await networkHelpers.loadFixture(deploy);
    const { stakes, token, clock, owner, treasury, slasher, stranger } = staked;
    await expect(stakes.connect(owner).seal(stranger, [])).to.be.revertedWithCustomError(stakes, "StakeSealed");
    await expect(later(staked, "setSlasher", Oracle, owner.address, true)).to.be.revertedWithCustomError(
      stakes,
      "StakeSealed",
    );
    await expect(later(staked, "setSlasher", Oracle, slasher.address, false)).to.be.revertedWithCustomError(
      stakes,
      "StakeSealed",
    );
    expect(await stakes.isSlasher(Oracle, slasher)).to.equal(true);
    expect(await stakes.isSlasher(Compute, slasher)).to.equal(false);

    const fresh = await ethers.deployContract("StakeManager", [token, clock, owner, treasury, STAKE_PARAMETERS]);
    await expect(fresh.seal(ethers.ZeroAddress, [])).to.be.revertedWithCustomError(stakes, "StakeInvalidAddress");
    await expect(fresh.seal(stranger, [{ role: Oracle, account: slasher }]))
      .to.emit(fresh, "DistributorSet")
      .withArgs(stranger)
      .and.to.emit(fresh, "SlasherSet")
      .withArgs(Oracle, slasher, true);
    expect(await fresh.distributor()).to.equal(stranger);
  });

  it("changes nothing before everybody can leave, and only what it announced", async () => {
    const { stakes, owner, stranger, treasury } = await networkHelpers.loadFixture(deploy);
    const asOwner = stakes.connect(owner);
    await expect(asOwner.setTreasury(stranger)).to.be.revertedWithCustomError(stakes, "ExitDelayNotAnnounced");
    await asOwner.announce(stakes.interface.encodeFunctionData("setTreasury", [stranger.address]));
    await time.increase(EXIT_DELAY - 10n);
    await expect(asOwner.setTreasury(stranger)).to.be.revertedWithCustomError(stakes, "ExitDelayNotOver");
    await time.increase(10n);
    await expect(asOwner.setTreasury(owner)).to.be.revertedWithCustomError(stakes, "ExitDelayNotAnnounced");
    expect(await stakes.treasury()).to.equal(treasury);
    await expect(asOwner.setTreasury(stranger)).to.emit(stakes, "TreasurySet").withArgs(stranger);
    expect(await stakes.treasury()).to.equal(stranger);
    const longestWayOut = await stakes.MAX_PERIOD();
    expect(longestWayOut).to.be.lessThan(EXIT_DELAY - 7n * DAY);
  });

  it("lets other judges come and go, after the delay", async () => {
    const staked = await networkHelpers.loadFixture(deploy);
    const { stakes, slasher, stranger } = staked;
    await expect(later(staked, "setSlasher", Compute, stranger.address, true))
      .to.emit(stakes, "SlasherSet")
      .withArgs(Compute, stranger, true);
    await later(staked, "setSlasher", Validator, slasher.address, false);
    expect(await stakes.isSlasher(Compute, stranger)).to.equal(true);
    expect(await stakes.isSlasher(Oracle, stranger)).to.equal(false);
    await expect(stakes.connect(slasher).slash(Validator, stranger, 1, stranger))
      .to.be.revertedWithCustomError(stakes, "StakeUnauthorized")
      .withArgs(slasher);
  });

  it("cannot become the quorum: it judges nobody and shrinks no denominator", async () => {
    const staked = await networkHelpers.loadFixture(deployOperators);
    const { stakes, owner, operator } = staked;
    // Three operators of its own, at the least stake that the old quorum of three needed.
    const puppets = await addOperators(
      staked,
      (await ethers.getSigners()).slice(15, 18),
      () => STAKE_PARAMETERS.minStake,
      5,
    );
    await time.increase(DAY);
    await expect(stakes.connect(owner).slash(Oracle, operator(0), 1, ethers.ZeroAddress))
      .to.be.revertedWithCustomError(stakes, "StakeUnauthorized")
      .withArgs(owner);
    // Whatever it sets, 60 days later: the highest bar for members, the lowest floor.
    const hostile = { ...STAKE_PARAMETERS, minStake: 1n, quorumFloor: 1n, minSigners: 1, activationDelay: 1n };
    await later(staked, "setParameters", hostile);
    await stakes.snapshotQuorum();
    const digest = keccakText("a root that pays the owner");
    await expect(stakes.verifyQuorum(digest, await signDigest(stakes, digest, puppets)))
      .to.be.revertedWithCustomError(stakes, "QuorumTooLittleWeight")
      .withArgs(3_000n * OPEN, 53_000n * OPEN);
    const exclusive = { ...hostile, minStake: STAKE + 1n, quorumFloor: STAKE + 1n };
    await later(staked, "setParameters", exclusive);
    await expect(stakes.snapshotQuorum()).to.be.revertedWithCustomError(stakes, "StakeTooFewMembers");
  });

  it("keeps stake slashable for longer than anything it signed can be disputed, and leaves time to see it go", async () => {
    const staked = await networkHelpers.loadFixture(deploy);
    const { stakes } = staked;
    const unbondingPeriod = STAKE_PARAMETERS.snapshotLifetime + 15n * DAY - 1n;
    await expect(later(staked, "setParameters", { ...STAKE_PARAMETERS, unbondingPeriod }))
      .to.be.revertedWithCustomError(stakes, "StakeOutOfBounds")
      .withArgs(unbondingPeriod, unbondingPeriod + 1n, 45n * DAY);
  });

  it("bounds every parameter", async () => {
    const staked = await networkHelpers.loadFixture(deploy);
    const { stakes, token, clock, owner, treasury } = staked;
    const HOUR = 3_600n;
    const outOfBounds = [
      { minStake: 0n },
      { quorumFloor: STAKE_PARAMETERS.minStake - 1n },
      { activationDelay: 0n },
      { activationDelay: 45n * DAY + 1n },
      { snapshotLifetime: HOUR },
      { snapshotLifetime: 30n * DAY + 1n, unbondingPeriod: 45n * DAY },
      { snapshotInterval: HOUR - 1n },
      { snapshotInterval: STAKE_PARAMETERS.snapshotLifetime },
      { unbondingPeriod: 45n * DAY + 1n },
      { jailPeriod: 45n * DAY + 1n },
      { minSigners: 0 },
      { minSigners: 33 },
      { challengerBps: 5_001 },
    ];
    for (const change of outOfBounds) {
      const parameters = { ...STAKE_PARAMETERS, ...change };
      await expect(
        ethers.deployContract("StakeManager", [token, clock, owner, treasury, parameters]),
      ).to.be.revertedWithCustomError(stakes, "StakeOutOfBounds");
    }
    const least = {
      minStake: 1n,
      quorumFloor: 1n,
      activationDelay: 1n,
      snapshotLifetime: HOUR + 1n,
      snapshotInterval: HOUR,
      unbondingPeriod: 15n * DAY + HOUR + 1n,
      jailPeriod: 0n,
      minSigners: 1,
      challengerBps: 0,
    };
    // The floor is as low again: nothing is staked that a half of could be taken of.
    const most = {
      minStake: 1n,
      quorumFloor: 1n,
      activationDelay: 45n * DAY,
      snapshotLifetime: 30n * DAY,
      snapshotInterval: 30n * DAY - 1n,
      unbondingPeriod: 45n * DAY,
      jailPeriod: 45n * DAY,
      minSigners: 32,
      challengerBps: 5_000,
    };
    for (const change of [least, most]) {
      const parameters = { ...STAKE_PARAMETERS, ...change };
      await expect(later(staked, "setParameters", parameters)).to.emit(stakes, "ParametersSet");
      expect((await stakes.parameters()).snapshotInterval).to.equal(parameters.snapshotInterval);
    }
  });

  it("revokes snapshots with every change of parameters", async () => {
    const staked = await networkHelpers.loadFixture(deployOperators);
    const { stakes } = staked;
    await stakes.snapshotQuorum();
    await expect(later(staked, "setParameters", { ...STAKE_PARAMETERS, minSigners: 4 }))
      .to.emit(stakes, "SnapshotsRevoked")
      .withArgs(1n);
    expect(await stakes.commitmentOf(1n)).to.equal(0n);
  });

  it("is built on a token and a clock, and pays what slashing leaves to somebody", async () => {
    const staked = await networkHelpers.loadFixture(deploy);
    const { stakes, token, clock, owner, treasury } = staked;
    for (const args of [
      [ethers.ZeroAddress, clock, owner, treasury, STAKE_PARAMETERS],
      [token, ethers.ZeroAddress, owner, treasury, STAKE_PARAMETERS],
      [token, clock, owner, ethers.ZeroAddress, STAKE_PARAMETERS],
    ]) {
      await expect(ethers.deployContract("StakeManager", args)).to.be.revertedWithCustomError(
        stakes,
        "StakeInvalidAddress",
      );
    }
    await expect(later(staked, "setTreasury", ethers.ZeroAddress)).to.be.revertedWithCustomError(
      stakes,
      "StakeInvalidAddress",
    );
  });
});
