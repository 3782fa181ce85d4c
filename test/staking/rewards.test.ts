import { expect } from "chai";
import { network } from "hardhat";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { DAY, OPEN, Role, STAKE_PARAMETERS } from "../rewards/deployRewards.ts";
import { createStaking, STAKE } from "./createStaking.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const { time } = networkHelpers;
const { deployOperators } = createStaking({ ethers, networkHelpers });
const { Oracle } = Role;
/** Epochs last a week. */
const WEEK = 7n * DAY;
const REVENUE = 1_000n * OPEN;

/** Five operators with equal stake and a commission of a tenth, at the beginning of an epoch that they see the whole of. */
async function deploy() {
  const deployed = await deployOperators();
  const { stakes, clock } = deployed;
  const rewards = await ethers.getContractAt("StakeRewards", await stakes.rewards());
  const nextEpoch = async () => time.increaseTo(await clock.endOf(await clock.current()));
  const fund = (assets = REVENUE) => stakes.connect(deployed.stranger).fundStakers(assets);
  const owed = (operator: HardhatEthersSigner, account = operator) =>
    rewards.connect(account).claim.staticCall(operator);
  await nextEpoch();
  return { ...deployed, rewards, nextEpoch, fund, owed };
}
const load = () => networkHelpers.loadFixture(deploy);

describe("Stakers' part of the fees", () => {
  it("is not for a stake that is there for one block, however large", async () => {
    const { stakes, delegator, operator, fund, owed, nextEpoch } = await load();
    await stakes.connect(delegator).stake(Oracle, operator(0), 450_000n * OPEN, 0, 1_000);
    await fund();
    const shares = await stakes.sharesOf(Oracle, operator(0), delegator);
    expect(await stakes.assetsOf(Oracle, operator(0), shares)).to.equal(450_000n * OPEN);
    await stakes.connect(delegator).requestUnbond(Oracle, operator(0), shares);
    await nextEpoch();
    expect(await owed(operator(0), delegator)).to.equal(0n);
    for (let i = 0; i < 5; i++) expect(await owed(operator(i))).to.be.closeTo(REVENUE / 5n, 10n);
  });

  it("is paid out when its epoch is over, pro rata, after the operator's commission", async () => {
    const { stakes, token, delegator, operator, rewards, fund, owed, nextEpoch } = await load();
    await stakes.connect(delegator).stake(Oracle, operator(0), 5n * STAKE, 0, 1_000);
    await nextEpoch();
    await fund();
    expect(await owed(operator(0), delegator)).to.equal(0n);
    await nextEpoch();
    // Ten stakes, six of them behind operator 0: 600 OPEN, a tenth of them commission.
    expect(await owed(operator(0), delegator)).to.be.closeTo(450n * OPEN, 10n);
    expect(await owed(operator(0))).to.be.closeTo(150n * OPEN, 10n);
    expect(await owed(operator(1))).to.be.closeTo(100n * OPEN, 10n);
    const due = await owed(operator(0), delegator);
    const claimed = rewards.connect(delegator).claim(operator(0));
    await expect(claimed).to.emit(rewards, "RewardsClaimed").withArgs(operator(0), delegator, due);
    await expect(claimed).to.changeTokenBalance(ethers, token, delegator, due);
    expect(await owed(operator(0), delegator)).to.equal(0n);
    // No stake grew by it.
    expect(await stakes.stakeOf(Oracle, operator(0))).to.equal(6n * STAKE);
  });

  it("is for who stayed: what left in an epoch leaves it to the others", async () => {
    const { stakes, operator, fund, owed, nextEpoch } = await load();
    const shares = await stakes.sharesOf(Oracle, operator(0), operator(0));
    await fund();
    await stakes.connect(operator(0)).requestUnbond(Oracle, operator(0), shares / 2n);
    await nextEpoch();
    expect(await owed(operator(0))).to.be.closeTo(REVENUE / 9n, 10n);
    expect(await owed(operator(1))).to.be.closeTo((2n * REVENUE) / 9n, 10n);
  });

  it("counts what came and went within an epoch as not there, and what was there before as there", async () => {
    const { stakes, delegator, operator, fund, owed, nextEpoch } = await load();
    await stakes.connect(delegator).stake(Oracle, operator(0), STAKE, 0, 1_000);
    await nextEpoch();
    await stakes.connect(delegator).stake(Oracle, operator(0), STAKE, 0, 1_000);
    const shares = await stakes.sharesOf(Oracle, operator(0), delegator);
    await stakes.connect(delegator).requestUnbond(Oracle, operator(0), shares / 2n);
    await fund(600n * OPEN);
    await nextEpoch();
    expect(await owed(operator(0), delegator)).to.be.closeTo(90n * OPEN, 10n);
  });

  it("goes on for epochs in which nobody touches anything", async () => {
    const { operator, fund, owed, nextEpoch } = await load();
    for (let i = 0; i < 3; i++) {
      await fund();
      await nextEpoch();
      await nextEpoch();
    }
    expect(await owed(operator(4))).to.be.closeTo((3n * REVENUE) / 5n, 10n);
  });

  it("is not for an operator that was in jail, lost its seat or took one in the epoch", async () => {
    const { stakes, slasher, operator, fund, owed, nextEpoch } = await load();
    await fund();
    await stakes.connect(slasher).slash(Oracle, operator(0), 5_000, ethers.ZeroAddress);
    await nextEpoch();
    expect(await owed(operator(0))).to.equal(0n);
    expect(await owed(operator(1))).to.be.closeTo(REVENUE / 4n, 10n);
    // It comes back in the middle of an epoch, and earns from the next one on.
    await time.increase(STAKE_PARAMETERS.jailPeriod - WEEK + DAY);
    await stakes.connect(operator(0)).unjail(Oracle);
    await fund();
    await nextEpoch();
    expect(await owed(operator(0))).to.equal(0n);
    await fund(900n * OPEN);
    await nextEpoch();
    expect(await owed(operator(0))).to.be.closeTo(100n * OPEN, 10n);
  });

  it("goes to the treasury where nobody earns it", async () => {
    const { stakes, token, treasury, slasher, operator, rewards, fund, nextEpoch } = await load();
    await fund();
    for (let i = 0; i < 5; i++) await stakes.connect(slasher).slash(Oracle, operator(i), 1, ethers.ZeroAddress);
    await nextEpoch();
    const rolled = rewards.claim(operator(0));
    await expect(rolled).to.emit(rewards, "RewardsUnearned");
    await expect(rolled).to.changeTokenBalances(ethers, token, [rewards, treasury], [-REVENUE, REVENUE]);
  });

  it("pays a lower commission from the epoch in which it was lowered", async () => {
    const { stakes, delegator, operator, fund, owed, nextEpoch } = await load();
    await stakes.connect(delegator).stake(Oracle, operator(0), STAKE, 0, 1_000);
    await nextEpoch();
    await fund(600n * OPEN);
    await stakes.connect(operator(0)).lowerCommission(Oracle, 0);
    await nextEpoch();
    expect(await owed(operator(0), delegator)).to.be.closeTo(100n * OPEN, 10n);
  });

  it("takes orders from the stake manager only", async () => {
    const { rewards, stranger, operator } = await load();
    const asStranger = rewards.connect(stranger);
    for (const call of [
      () => asStranger.fund(1n),
      () => asStranger.report(operator(0), 1n, 1n, true, stranger, 1n),
      () => asStranger.setCommission(operator(0), 1),
    ]) {
      await expect(call()).to.be.revertedWithCustomError(rewards, "RewardsUnauthorized").withArgs(stranger);
    }
  });

  it("leaves nothing but dust when everybody has claimed", async () => {
    const { stakes, token, delegator, stranger, operator, rewards, fund, nextEpoch } = await load();
    await stakes.connect(delegator).stake(Oracle, operator(2), 7_777n, 0, 1_000);
    await stakes.connect(stranger).stake(Oracle, operator(3), 3n * STAKE + 1n, 0, 1_000);
    await nextEpoch();
    await fund(1_000_003n);
    await nextEpoch();
    await fund(REVENUE + 7n);
    await nextEpoch();
    for (let i = 0; i < 5; i++) {
      for (const account of [operator(i), delegator, stranger]) await rewards.connect(account).claim(operator(i));
    }
    expect(await token.balanceOf(rewards)).to.be.lessThan(20n);
  });
});
