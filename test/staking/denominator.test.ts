import { expect } from "chai";
import { network } from "hardhat";
import { keccakText } from "@openledger/protocol/keccak.ts";
import { DAY, OPEN, Role, STAKE_PARAMETERS, addOperators, signDigest } from "../rewards/deployRewards.ts";
import { announced } from "./announced.ts";
import { createStaking, crowdOf, STAKE } from "./createStaking.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const { time } = networkHelpers;
const crowd = (count: number, label: string) => crowdOf({ ethers, networkHelpers }, count, label);
const { deploy, deployOperators } = createStaking({ ethers, networkHelpers });
const { Oracle } = Role;
const DIGEST = keccakText("any root");

describe("The denominator of a quorum", () => {
  it("counts who was evicted: 22 operators that take 22 of 32 seats decide nothing with 40.7 % of the stake", async () => {
    const staked = await deploy();
    const { stakes } = staked;
    await addOperators(staked, await crowd(32, "honest"), () => STAKE);
    const attackers = await addOperators(staked, await crowd(22, "attacker"), () => STAKE + 1n, 32);
    await time.increase(DAY);
    for (const [seat, { account }] of attackers.entries()) await stakes.takeSeat(account, seat);
    await stakes.snapshotQuorum();

    const all = 54n * STAKE + 22n;
    expect((await stakes.quorumOf(1n)).denominator).to.equal(all);
    await expect(stakes.verifyQuorum(DIGEST, await signDigest(stakes, DIGEST, attackers)))
      .to.be.revertedWithCustomError(stakes, "QuorumTooLittleWeight")
      .withArgs(22n * (STAKE + 1n), all);
  });

  it("counts who is in jail, who still signs: a cancelled root hands the quorum to nobody", async () => {
    const staked = await networkHelpers.loadFixture(deployOperators);
    const { stakes, slasher, operators, operator } = staked;
    const puppets = await addOperators(staked, await crowd(3, "puppet"), () => STAKE_PARAMETERS.minStake, 5);
    await time.increase(DAY);
    await stakes.snapshotQuorum();
    for (let i = 0; i < 5; i++) await stakes.connect(slasher).slash(Oracle, operator(i), 5_000, ethers.ZeroAddress);
    await stakes.snapshotQuorum();

    const left = (5n * STAKE) / 2n;
    const own = 3n * STAKE_PARAMETERS.minStake;
    const { members, denominator } = await stakes.quorumOf(2n);
    expect([members.length, denominator]).to.deep.equal([8, left + own]);
    await expect(stakes.verifyQuorum(DIGEST, await signDigest(stakes, DIGEST, puppets)))
      .to.be.revertedWithCustomError(stakes, "QuorumTooLittleWeight")
      .withArgs(own, left + own);
    await stakes.verifyQuorum(DIGEST, await signDigest(stakes, DIGEST, operators));
  });

  it("counts who leaves for as long as it still signs, so that no block shrinks it", async () => {
    const { stakes, operator } = await networkHelpers.loadFixture(deployOperators);
    for (let i = 0; i < 4; i++) {
      const shares = await stakes.sharesOf(Oracle, operator(i), operator(i));
      await stakes.connect(operator(i)).requestUnbond(Oracle, operator(i), shares);
    }
    expect(await stakes.countedStake()).to.equal(5n * STAKE);
    await stakes.snapshotQuorum();
    const { members, denominator } = await stakes.quorumOf(1n);
    expect([members.length, denominator]).to.deep.equal([5, 5n * STAKE]);
    // Two days, and a second, before it could leave ahead of the last dispute.
    await time.increase(2n * DAY + 4n);
    expect(await stakes.countedStake()).to.equal(STAKE);
  });

  it("is never less than the floor, however little stake is left", async () => {
    const staked = await deploy();
    const { stakes, token, clock, owner, treasury } = staked;
    const parameters = { ...STAKE_PARAMETERS, quorumFloor: 50_000n * OPEN };
    const strict = await ethers.deployContract("StakeManager", [token, clock, owner, treasury, parameters]);
    const operators = await addOperators({ ...staked, stakes: strict }, await crowd(3, "few"), () => STAKE);
    await time.increase(DAY);
    await strict.snapshotQuorum();
    expect((await strict.quorumOf(1n)).denominator).to.equal(parameters.quorumFloor);
    await expect(strict.verifyQuorum(DIGEST, await signDigest(strict, DIGEST, operators)))
      .to.be.revertedWithCustomError(strict, "QuorumTooLittleWeight")
      .withArgs(3n * STAKE, parameters.quorumFloor);
    expect(await stakes.countedStake()).to.equal(0n);
  });

  it("has a floor that governance raises to half of what counts at most", async () => {
    const { stakes, owner } = await networkHelpers.loadFixture(deployOperators);
    const raise = (quorumFloor: bigint) =>
      announced({ ethers, networkHelpers }, owner, stakes, "setParameters", [{ ...STAKE_PARAMETERS, quorumFloor }]);
    const half = (5n * STAKE) / 2n;
    await expect(raise(half + 1n))
      .to.be.revertedWithCustomError(stakes, "StakeOutOfBounds")
      .withArgs(half + 1n, STAKE_PARAMETERS.minStake, half);
    await raise(half);
    expect((await stakes.parameters()).quorumFloor).to.equal(half);
  });

  it("lets stake that leaves in the block it came weigh nothing", async () => {
    const { stakes, delegator, operator } = await networkHelpers.loadFixture(deployOperators);
    await stakes.connect(delegator).stake(Oracle, operator(0), 9n * STAKE, 0, 1_000);
    const shares = await stakes.sharesOf(Oracle, operator(0), delegator);
    await stakes.connect(delegator).requestUnbond(Oracle, operator(0), shares);
    expect(await stakes.weightOf(operator(0))).to.equal(STAKE);
    expect(await stakes.countedStake()).to.equal(14n * STAKE);
  });

  it("keeps the order in which tickets become due when governance shortens their time", async () => {
    const { stakes, owner, operator } = await networkHelpers.loadFixture(deployOperators);
    const longest = { ...STAKE_PARAMETERS, unbondingPeriod: 45n * DAY };
    await announced({ ethers, networkHelpers }, owner, stakes, "setParameters", [longest]);
    const shares = await stakes.sharesOf(Oracle, operator(0), operator(0));
    const call = stakes.interface.encodeFunctionData("setParameters", [STAKE_PARAMETERS]);
    await stakes.connect(owner).announce(call);
    await time.increase(60n * DAY - 100n);
    await stakes.connect(operator(0)).requestUnbond(Oracle, operator(0), shares / 2n);
    await time.increase(100n);
    await owner.sendTransaction({ to: stakes, data: call });
    await stakes.connect(operator(0)).requestUnbond(Oracle, operator(0), shares / 4n);
    const [first, second] = [await stakes.ticketOf(1n), await stakes.ticketOf(2n)];
    expect(second.withdrawableAt).to.equal(first.withdrawableAt);
    expect(await stakes.countedStake()).to.equal(5n * STAKE);
  });
});
