import { expect } from "chai";
import { network } from "hardhat";
import type { ContractTransactionResponse } from "ethers";
import { accounts } from "../accounts.ts";
import { OWN_KEY, possessionOf } from "./possession.ts";
import { announced } from "./announced.ts";
import { DAY, OPEN, Role, STAKE_PARAMETERS, addOperators, deployRewards } from "../rewards/deployRewards.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const { time } = networkHelpers;

const STAKE = 10_000n * OPEN;
/** What one wei of the first stake of a pool buys. */
const SHARES_PER_WEI = 1_000_000n;
const { Oracle, Validator } = Role;

/** Three oracle operators, old enough to count, and a validator with the stake of its delegator. */
async function deploy() {
  const rewards = await deployRewards(ethers);
  const { owner, token, stakes } = rewards;
  const { challenger, delegator, validator } = await accounts(
    ethers,
    "owner",
    "treasury",
    "market",
    "guardian",
    "challenger",
    "delegator",
    "validator",
  );
  const operators = await addOperators(rewards, (await ethers.getSigners()).slice(10, 13), () => STAKE);
  await stakes.connect(validator).register(Validator, validator, 0, ...OWN_KEY);
  await token.connect(owner).transfer(delegator, 1_000_000n * OPEN);
  await token.connect(delegator).approve(stakes, ethers.MaxUint256);
  await time.increase(DAY);
  return {
    ...rewards,
    slasher: rewards.guardian,
    challenger,
    delegator,
    validator,
    operators,
    operator: operators[0]!.account,
  };
}

const load = () => networkHelpers.loadFixture(deploy);

async function timeOf(transaction: ContractTransactionResponse): Promise<bigint> {
  return BigInt((await transaction.getBlock())!.timestamp);
}

describe("StakeManager's records", () => {
  it("of stake that comes and goes are exact, to the wei and the second", async () => {
    const { stakes, token, delegator, operator } = await load();
    const shares = STAKE * SHARES_PER_WEI;
    await expect(stakes.connect(delegator).stake(Oracle, operator, STAKE, 0, 1_000))
      .to.emit(stakes, "Staked")
      .withArgs(Oracle, operator, delegator, STAKE, shares);

    const request = await stakes.connect(delegator).requestUnbond(Oracle, operator, shares / 4n);
    const withdrawableAt = (await timeOf(request)) + STAKE_PARAMETERS.unbondingPeriod;
    const [assets, unbondingShares] = [STAKE / 4n, (STAKE / 4n) * SHARES_PER_WEI];
    await expect(request)
      .to.emit(stakes, "UnbondRequested")
      .withArgs(Oracle, operator, delegator, 1n, assets, shares / 4n, withdrawableAt);
    expect([...(await stakes.ticketOf(1n))]).to.deep.equal([
      delegator.address,
      withdrawableAt,
      BigInt(Oracle),
      0n,
      operator.address,
      unbondingShares,
    ]);
    expect(await stakes.sharesOf(Oracle, operator, delegator)).to.equal((shares * 3n) / 4n);
    await stakes.connect(delegator).requestUnbond(Oracle, operator, shares / 2n);
    expect((await stakes.ticketOf(2n)).unbondingShares).to.equal(2n * unbondingShares);

    await time.setNextBlockTimestamp(withdrawableAt);
    const withdrawn = stakes.connect(delegator).withdraw(1n);
    await expect(withdrawn).to.emit(stakes, "Withdrawn").withArgs(1n, delegator, assets);
    await expect(withdrawn).to.changeTokenBalance(ethers, token, delegator, assets);
    const pool = await stakes.poolOf(Oracle, operator);
    expect([pool.assets, pool.shares]).to.deep.equal([STAKE + STAKE / 4n, (STAKE + STAKE / 4n) * SHARES_PER_WEI]);
    expect([pool.unbondingAssets, pool.unbondingShares]).to.deep.equal([2n * assets, 2n * unbondingShares]);
  });

  it("refuse to let go of more shares than are held, however often they are asked for", async () => {
    const { stakes, delegator, operator } = await load();
    await stakes.connect(delegator).stake(Oracle, operator, STAKE, 0, 1_000);
    const shares = await stakes.sharesOf(Oracle, operator, delegator);
    await stakes.connect(delegator).requestUnbond(Oracle, operator, shares);
    await expect(stakes.connect(delegator).requestUnbond(Oracle, operator, shares))
      .to.be.revertedWithCustomError(stakes, "StakeInsufficientShares")
      .withArgs(0n, shares);
  });

  it("of operators say who signs for whom, and for what commission", async () => {
    const { stakes, delegator } = await load();
    const [first, second] = [ethers.Wallet.createRandom(), ethers.Wallet.createRandom()];
    const agreed = await possessionOf(stakes, first, delegator.address, Oracle);
    const registered = stakes.connect(delegator).register(Oracle, first, 5_000, ...agreed);
    await expect(registered).to.emit(stakes, "OperatorRegistered").withArgs(Oracle, delegator, first.address, 5_000);
    await expect(registered).to.emit(stakes, "SeatTaken").withArgs(delegator, ethers.ZeroAddress, 3);
    expect(await stakes.seats()).to.have.length(4);
    await expect(
      stakes
        .connect(delegator)
        .rotateSigner(Oracle, second, ...(await possessionOf(stakes, second, delegator.address, Oracle))),
    )
      .to.emit(stakes, "SignerRotated")
      .withArgs(Oracle, delegator, second.address);
    expect(await stakes.operatorOf(second)).to.equal(delegator);
    await expect(stakes.connect(delegator).lowerCommission(Oracle, 4_999))
      .to.emit(stakes, "CommissionLowered")
      .withArgs(Oracle, delegator, 4_999);
    await expect(stakes.connect(delegator).lowerCommission(Oracle, 5_000))
      .to.be.revertedWithCustomError(stakes, "StakeOutOfBounds")
      .withArgs(5_000, 0, 4_999);
  });

  it("count a stake from the last second of its delay, and the least stake as enough", async () => {
    const { stakes, delegator, owner, token } = await load();
    const { minStake, activationDelay } = STAKE_PARAMETERS;
    await token.connect(owner).transfer(delegator, minStake);
    await stakes.connect(delegator).register(Oracle, delegator, 0, ...OWN_KEY);
    const staked = await timeOf(await stakes.connect(delegator).stake(Oracle, delegator, minStake, 0, 1_000));
    await time.increaseTo(staked + activationDelay - 1n);
    expect(await stakes.weightOf(delegator)).to.equal(0n);
    await time.increaseTo(staked + activationDelay);
    expect(await stakes.weightOf(delegator)).to.equal(minStake);
    await stakes.snapshotQuorum();
    expect((await stakes.quorumOf(1n)).members).to.have.length(4);
  });

  it("count no stake below the least, and where that is one wei, every wei, also in jail, but none that never came", async () => {
    const { stakes, owner, slasher, delegator, operators, operator } = await load();
    await stakes.connect(delegator).register(Oracle, delegator, 0, ...OWN_KEY);
    await stakes.connect(delegator).stake(Oracle, delegator, 1n, 0, 1_000);
    await stakes.connect(slasher).slash(Oracle, operator, 1, ethers.ZeroAddress);
    await time.increase(DAY);
    expect(await stakes.weightOf(delegator)).to.equal(0n);
    await announced({ ethers, networkHelpers }, owner, stakes, "setParameters", [
      { ...STAKE_PARAMETERS, minStake: 1n },
    ]);
    expect(await stakes.weightOf(delegator)).to.equal(1n);
    expect(await stakes.weightOf(operator)).to.equal(STAKE - OPEN);
    expect(await stakes.weightOf(owner)).to.equal(0n);
    await stakes.snapshotQuorum();
    const { members } = await stakes.quorumOf(1n);
    const signers = [delegator.address, ...operators.map(({ key }) => key.address)];
    expect(members.map((word) => word >> 96n)).to.have.members(signers.map(BigInt));
  });

  it("close a pool at 2^192 shares, which it reaches by being slashed to nothing", async () => {
    const { stakes, slasher, delegator, operator } = await load();
    const wipe = () => stakes.connect(slasher).slash(Oracle, operator, 10_000, ethers.ZeroAddress);
    await wipe();
    // The pool's 10^28 shares share one virtual wei, so each of 10^10 wei buys as many again.
    await stakes.connect(delegator).stake(Oracle, operator, 10n ** 10n, 0, 1_000);
    await wipe();
    // 2^192 is 6.3 · 10^57.
    await expect(stakes.connect(delegator).stake(Oracle, operator, 90n * OPEN, 0, 1_000))
      .to.be.revertedWithCustomError(stakes, "StakePoolSpent")
      .withArgs(Oracle, operator);
    await stakes.connect(delegator).stake(Oracle, operator, 60n * OPEN, 0, 1_000);
  });

  it("of snapshots name members, weight and both ends of their time", async () => {
    const { stakes } = await load();
    const taken = await stakes.snapshotQuorum();
    const takenAt = await timeOf(taken);
    const quorum = await stakes.quorumOf(1n);
    expect(quorum.takenAt).to.equal(takenAt);
    await expect(taken)
      .to.emit(stakes, "QuorumSnapshotTaken")
      .withArgs(1n, [...quorum.members], 3n * STAKE, takenAt + STAKE_PARAMETERS.snapshotLifetime);
    const notBefore = takenAt + STAKE_PARAMETERS.snapshotInterval;
    await time.setNextBlockTimestamp(notBefore - 1n);
    await expect(stakes.snapshotQuorum())
      .to.be.revertedWithCustomError(stakes, "StakeSnapshotTooSoon")
      .withArgs(notBefore);
    await time.setNextBlockTimestamp(notBefore);
    await stakes.snapshotQuorum();
    expect(await stakes.commitmentOf(1n)).to.equal(0n);
    expect(await stakes.commitmentOf(2n)).to.not.equal(0n);
    await expect(stakes.operatorAt(1n, 3)).to.be.revertedWithCustomError(stakes, "StakeUnknownMember").withArgs(1, 3);
  });

  it("are told to the distributor: the quorum that counts, and its end", async () => {
    const { stakes, distributor, slasher, operator } = await load();
    await stakes.snapshotQuorum();
    expect(await distributor.quorum()).to.equal(await stakes.commitmentOf(1n));
    await stakes.connect(slasher).slash(Oracle, operator, 1, ethers.ZeroAddress);
    expect(await distributor.quorum()).to.equal(0n);
    // Nothing is left to be revoked.
    await expect(stakes.connect(slasher).slash(Oracle, operator, 1, ethers.ZeroAddress)).not.to.emit(
      stakes,
      "SnapshotsRevoked",
    );
  });

  it("of a slash round in favour of the treasury", async () => {
    const { stakes, token, treasury, slasher, challenger, delegator, validator } = await load();
    await stakes.connect(delegator).stake(Validator, validator, 20_001n, 0, 1_000);
    await stakes.connect(delegator).requestUnbond(Validator, validator, 10_000n * SHARES_PER_WEI);
    // A ten-thousandth of 10,001 and of 10,000 wei.
    const slashed = stakes.connect(slasher).slash(Validator, validator, 1, challenger);
    await expect(slashed).to.emit(stakes, "Slashed").withArgs(Validator, validator, challenger, 2n, 1n, 0n);
    await expect(slashed).to.changeTokenBalances(ethers, token, [treasury, challenger], [3n, 0n]);
    const pool = await stakes.poolOf(Validator, validator);
    expect([pool.assets, pool.unbondingAssets]).to.deep.equal([9_999n, 9_999n]);
    // The least of which a challenger gets anything: three tenths of four wei.
    const least = stakes.connect(slasher).slash(Validator, validator, 2, challenger);
    await expect(least).to.changeTokenBalances(ethers, token, [treasury, challenger], [3n, 1n]);
    await expect(stakes.connect(slasher).slash(Validator, validator, 10_000, challenger))
      .to.emit(stakes, "Slashed")
      .withArgs(Validator, validator, challenger, 9_997n, 9_997n, 5_998n);
  });

  it("of a slash of a validator leave the quorum of the oracles alone", async () => {
    const { stakes, slasher, delegator, validator } = await load();
    await stakes.connect(delegator).stake(Validator, validator, STAKE, 0, 1_000);
    await stakes.snapshotQuorum();
    const slashed = await stakes.connect(slasher).slash(Validator, validator, 1, ethers.ZeroAddress);
    await expect(slashed).not.to.emit(stakes, "SnapshotsRevoked");
    expect(await stakes.commitmentOf(1n)).to.not.equal(0n);

    const until = (await timeOf(slashed)) + STAKE_PARAMETERS.jailPeriod;
    expect((await stakes.poolOf(Validator, validator)).jailedUntil).to.equal(until);
    await time.setNextBlockTimestamp(until - 1n);
    await expect(stakes.connect(validator).unjail(Validator))
      .to.be.revertedWithCustomError(stakes, "StakeJailed")
      .withArgs(Validator, validator, until);
    await time.setNextBlockTimestamp(until);
    await expect(stakes.connect(validator).unjail(Validator))
      .to.emit(stakes, "Unjailed")
      .withArgs(Validator, validator);
    expect(await stakes.stakeOf(Validator, validator)).to.equal(STAKE - OPEN);
  });
});
