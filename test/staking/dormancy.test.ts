import { expect } from "chai";
import { network } from "hardhat";
import { keccakText } from "@openledger/protocol/keccak.ts";
import { DAY, Role, STAKE_PARAMETERS, signDigest } from "../rewards/deployRewards.ts";
import { createStaking, STAKE } from "./createStaking.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const { time } = networkHelpers;
const { deployOperators } = createStaking({ ethers, networkHelpers });
const { Oracle } = Role;
const DIGEST = keccakText("any root");
const ANSWER_TIME = 7n * DAY;
/** An unbonding period, and the longest dispute. */
const SILENCE = STAKE_PARAMETERS.unbondingPeriod + 14n * DAY;

/** Five operators with equal stake, so long after they registered that anybody may ask them for a sign of life. */
async function deploySilent() {
  const deployed = await deployOperators();
  await time.increase(SILENCE);
  return deployed;
}
const load = () => networkHelpers.loadFixture(deploySilent);

describe("Dormant stake", () => {
  it("of 40 % stops a quorum until it is asked and marked, and then stops it no more", async () => {
    const { stakes, operators, operator } = await load();
    const alive = operators.slice(0, 3);
    await stakes.snapshotQuorum();
    await expect(stakes.verifyQuorum(DIGEST, await signDigest(stakes, DIGEST, alive)))
      .to.be.revertedWithCustomError(stakes, "QuorumTooLittleWeight")
      .withArgs(3n * STAKE, 5n * STAKE);

    for (let i = 0; i < 5; i++) await stakes.askForLife(operator(i));
    for (const { account } of alive) await stakes.connect(account).showLife();
    await time.increase(ANSWER_TIME);
    for (const dead of [3, 4]) {
      await expect(stakes.markDormant(operator(dead)))
        .to.emit(stakes, "BecameDormant")
        .withArgs(operator(dead), STAKE);
    }
    expect(await stakes.countedStake()).to.equal(3n * STAKE);
    await stakes.snapshotQuorum();
    const { members, denominator } = await stakes.quorumOf(2n);
    expect([members.length, denominator]).to.deep.equal([3, 3n * STAKE]);
    await stakes.verifyQuorum(DIGEST, await signDigest(stakes, DIGEST, alive));
  });

  it("never makes the denominator less than the floor", async () => {
    const { stakes, operators, operator } = await load();
    for (const i of [1, 2, 3, 4]) await stakes.askForLife(operator(i));
    await time.increase(ANSWER_TIME);
    for (const i of [1, 2, 3, 4]) await stakes.markDormant(operator(i));
    await expect(stakes.snapshotQuorum()).to.be.revertedWithCustomError(stakes, "StakeTooFewMembers").withArgs(1, 3);
    expect(await stakes.weightOf(operators[0]!.account)).to.equal(STAKE);
  });

  it("cannot be made of an operator that answers, however often it is asked", async () => {
    const { stakes, operator, stranger } = await load();
    const outside = stakes.connect(stranger);
    await expect(outside.askForLife(operator(0))).to.emit(stakes, "AskedForLife");
    await expect(outside.askForLife(operator(0))).to.be.revertedWithCustomError(stakes, "StakeNotSilent");
    await expect(outside.markDormant(operator(0))).to.be.revertedWithCustomError(stakes, "StakeNotSilent");
    await time.increase(ANSWER_TIME - 10n);
    await expect(stakes.connect(operator(0)).showLife())
      .to.emit(stakes, "ShowedLife")
      .withArgs(operator(0));
    const seenAt = BigInt(await time.latest());
    await time.increase(ANSWER_TIME);
    await expect(outside.markDormant(operator(0)))
      .to.be.revertedWithCustomError(stakes, "StakeNotAsked")
      .withArgs(operator(0));
    await expect(outside.askForLife(operator(0)))
      .to.be.revertedWithCustomError(stakes, "StakeNotSilent")
      .withArgs(operator(0), seenAt + SILENCE);
  });

  it("earns nothing, holds no seat against stake that lives, and can still be slashed and leave", async () => {
    const { stakes, slasher, token, operator, delegator } = await load();
    await stakes.askForLife(operator(4));
    await time.increase(ANSWER_TIME);
    await stakes.markDormant(operator(4));
    expect(await stakes.weightOf(operator(4))).to.equal(0n);
    await expect(stakes.markDormant(operator(4))).to.be.revertedWithCustomError(stakes, "StakeDormant");
    await expect(stakes.askForLife(operator(4))).to.be.revertedWithCustomError(stakes, "StakeDormant");

    // What others stake with it sleeps with it.
    await stakes.connect(delegator).stake(Oracle, operator(4), STAKE, 0, 1_000);
    expect(await stakes.countedStake()).to.equal(4n * STAKE);
    await time.increase(14n * DAY);
    await stakes.connect(delegator).fundStakers(1_000n);
    await time.increase(14n * DAY);
    const rewards = await ethers.getContractAt("StakeRewards", await stakes.rewards());
    await expect(rewards.connect(operator(4)).claim(operator(4))).to.changeTokenBalance(ethers, token, operator(4), 0n);

    await stakes.connect(slasher).slash(Oracle, operator(4), 5_000, ethers.ZeroAddress);
    expect((await stakes.poolOf(Oracle, operator(4))).assets).to.equal(STAKE);
    const shares = await stakes.sharesOf(Oracle, operator(4), delegator);
    await stakes.connect(delegator).requestUnbond(Oracle, operator(4), shares);
    await time.increase(STAKE_PARAMETERS.unbondingPeriod);
    await expect(stakes.connect(delegator).withdraw(1n)).to.changeTokenBalance(ethers, token, delegator, STAKE / 2n);
    expect(await stakes.countedStake()).to.equal(4n * STAKE);
  });

  it("counts at once when it wakes and signs after the activation delay", async () => {
    const { stakes, operator } = await load();
    await stakes.askForLife(operator(4));
    await time.increase(ANSWER_TIME);
    await stakes.markDormant(operator(4));
    await stakes.connect(operator(4)).showLife();
    expect([await stakes.countedStake(), await stakes.weightOf(operator(4))]).to.deep.equal([5n * STAKE, 0n]);
    await time.increase(STAKE_PARAMETERS.activationDelay);
    expect(await stakes.weightOf(operator(4))).to.equal(STAKE);
  });

  it("is a matter of registered oracle operators", async () => {
    const { stakes, stranger } = await load();
    for (const call of [
      () => stakes.askForLife(stranger),
      () => stakes.markDormant(stranger),
      () => stakes.connect(stranger).showLife(),
    ]) {
      await expect(call()).to.be.revertedWithCustomError(stakes, "StakeUnknownOperator").withArgs(Oracle, stranger);
    }
  });
});
