import { expect } from "chai";
import { network } from "hardhat";
import { keccakText } from "@openledger/protocol/keccak.ts";
import { addOperators, DAY, OPEN, Role, signDigest, STAKE_PARAMETERS } from "../rewards/deployRewards.ts";
import { createStaking, crowdOf, STAKE } from "./createStaking.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const { time } = networkHelpers;
const { deploy, deployOperators } = createStaking({ ethers, networkHelpers });
const { Oracle } = Role;
const DIGEST = keccakText("any root");
const REVENUE = 700n * OPEN;
/** What of the way out stake still signs for its operator, and counts. */
const NOTICE = STAKE_PARAMETERS.unbondingPeriod - STAKE_PARAMETERS.snapshotLifetime - 14n * DAY;

describe("Leaving an operator for another", () => {
  it("heals a quorum whose seats a fifth of the stake took, when those without a seat leave, after two days", async () => {
    const staked = await deploy();
    const { stakes } = staked;
    const chain = { ethers, networkHelpers };
    const honest = await addOperators(staked, await crowdOf(chain, 32, "honest"), () => STAKE);
    const attackers = await addOperators(staked, await crowdOf(chain, 8, "attacker"), () => STAKE + 1n, 32);
    await time.increase(DAY);
    for (const [seat, { account }] of attackers.entries()) await stakes.takeSeat(account, seat);
    await stakes.snapshotQuorum();
    const [evicted, seated] = [honest.slice(0, 8), honest.slice(8)];
    await expect(stakes.verifyQuorum(DIGEST, await signDigest(stakes, DIGEST, seated))).to.be.revertedWithCustomError(
      stakes,
      "QuorumTooLittleWeight",
    );

    for (const { account } of evicted) {
      const shares = await stakes.sharesOf(Oracle, account, account);
      await stakes.connect(account).requestUnbond(Oracle, account, shares);
    }
    await time.increase(NOTICE > STAKE_PARAMETERS.snapshotInterval ? NOTICE : STAKE_PARAMETERS.snapshotInterval);
    await stakes.snapshotQuorum();
    expect((await stakes.quorumOf(2n)).denominator).to.equal(32n * STAKE + 8n);
    await stakes.verifyQuorum(DIGEST, await signDigest(stakes, DIGEST, seated));
  });

  it("costs the rewards of the epochs it touches, three cheap calls, and the old operator's slashes until it is over", async () => {
    const { stakes, clock, slasher, stranger, delegator, operator } = await deployOperators();
    const rewards = await ethers.getContractAt("StakeRewards", await stakes.rewards());
    const nextEpoch = async () => time.increaseTo(await clock.endOf(await clock.current()));
    const earned = async (at: number) => rewards.connect(delegator).claim.staticCall(operator(at));
    const asDelegator = stakes.connect(delegator);
    await asDelegator.stake(Oracle, operator(0), STAKE, 0, 1_000);
    await nextEpoch();
    await stakes.connect(stranger).fundStakers(REVENUE);

    const begun = await clock.current();
    const shares = await stakes.sharesOf(Oracle, operator(0), delegator);
    const requested = await asDelegator.requestUnbond(Oracle, operator(0), shares);
    await stakes.connect(slasher).slash(Oracle, operator(0), 1_000, ethers.ZeroAddress);
    await time.increase(STAKE_PARAMETERS.unbondingPeriod);
    const withdrawn = await asDelegator.withdraw(1n);
    const left = (STAKE * 9n) / 10n;
    await expect(withdrawn).to.emit(stakes, "Withdrawn").withArgs(1n, delegator, left);
    const joined = await asDelegator.stake(Oracle, operator(1), left, 0, 1_000);
    expect(await earned(0)).to.equal(0n);

    await stakes.connect(stranger).fundStakers(REVENUE);
    await nextEpoch();
    expect(await earned(1)).to.equal(0n);
    await stakes.connect(stranger).fundStakers(REVENUE);
    const lost = (await clock.current()) - begun;
    await nextEpoch();
    expect(await earned(1)).to.be.greaterThan(0n);
    expect(lost).to.be.within(5n, 6n);

    const gas = await Promise.all([requested, withdrawn, joined].map(async (call) => (await call.wait())!.gasUsed));
    expect(gas.reduce((sum, used) => sum + used)).to.be.lessThan(800_000n);
  });
});
