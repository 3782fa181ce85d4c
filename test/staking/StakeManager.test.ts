import { expect } from "chai";
import { network } from "hardhat";
import { OPEN, Role, STAKE_PARAMETERS } from "../rewards/deployRewards.ts";
import { createStaking, STAKE } from "./createStaking.ts";
import { OWN_KEY, possessionOf } from "./possession.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const { time } = networkHelpers;
const { deploy, deployOperators } = createStaking({ ethers, networkHelpers });
const { Oracle, Validator } = Role;

async function lastTicket(stakes: Awaited<ReturnType<typeof deploy>>["stakes"]): Promise<bigint> {
  const [event] = await stakes.queryFilter(stakes.filters.UnbondRequested, "latest");
  return event!.args.ticketId;
}

describe("StakeManager", () => {
  describe("operators", () => {
    it("registers once per role", async () => {
      const { stakes, operator } = await networkHelpers.loadFixture(deployOperators);
      await expect(stakes.connect(operator(0)).register(Oracle, operator(0), 0, ...OWN_KEY))
        .to.be.revertedWithCustomError(stakes, "StakeAlreadyRegistered")
        .withArgs(Oracle, operator(0));
    });

    it("refuses a signer that stands for another operator, for ever", async () => {
      const { stakes, operators, operator, stranger } = await networkHelpers.loadFixture(deployOperators);
      const used = operators[0]!.key.address;
      const next = ethers.Wallet.createRandom();
      const agreed = await possessionOf(stakes, next, operator(0).address, Oracle);
      await stakes.connect(operator(0)).rotateSigner(Oracle, next, ...agreed);
      await expect(stakes.connect(stranger).register(Oracle, used, 0, ...OWN_KEY))
        .to.be.revertedWithCustomError(stakes, "StakeSignerTaken")
        .withArgs(used, operator(0));
      expect(await stakes.operatorOf(used)).to.equal(operator(0));
      const again = await possessionOf(stakes, operators[0]!.key, operator(0).address, Oracle);
      await stakes.connect(operator(0)).rotateSigner(Oracle, used, ...again);
    });

    it("refuses no signer and too high a commission", async () => {
      const { stakes, stranger } = await networkHelpers.loadFixture(deploy);
      await expect(
        stakes.connect(stranger).register(Oracle, ethers.ZeroAddress, 0, ...OWN_KEY),
      ).to.be.revertedWithCustomError(stakes, "StakeInvalidAddress");
      await expect(stakes.connect(stranger).register(Oracle, stranger, 5_001, ...OWN_KEY))
        .to.be.revertedWithCustomError(stakes, "StakeOutOfBounds")
        .withArgs(5_001, 0, 5_000);
    });

    it("lets a commission only fall", async () => {
      const { stakes, operator } = await networkHelpers.loadFixture(deployOperators);
      await expect(stakes.connect(operator(0)).lowerCommission(Oracle, 1_001)).to.be.revertedWithCustomError(
        stakes,
        "StakeOutOfBounds",
      );
      await stakes.connect(operator(0)).lowerCommission(Oracle, 1_000);
      await stakes.connect(operator(0)).lowerCommission(Oracle, 500);
      expect((await stakes.poolOf(Oracle, operator(0))).commissionBps).to.equal(500);
    });
  });

  describe("stake", () => {
    it("refuses an operator that never registered, and nothing", async () => {
      const { stakes, delegator, stranger, operator } = await networkHelpers.loadFixture(deployOperators);
      await expect(stakes.connect(delegator).stake(Oracle, stranger, 1n, 0, 1_000))
        .to.be.revertedWithCustomError(stakes, "StakeUnknownOperator")
        .withArgs(Oracle, stranger);
      await expect(stakes.connect(delegator).stake(Oracle, operator(0), 0n, 0, 1_000)).to.be.revertedWithCustomError(
        stakes,
        "StakeZeroAmount",
      );
    });

    it("returns a delegator's stake after the unbonding period, not before, and to nobody else", async () => {
      const { stakes, token, delegator, stranger, operator } = await networkHelpers.loadFixture(deployOperators);
      await stakes.connect(delegator).stake(Oracle, operator(0), STAKE, 0, 1_000);
      const shares = await stakes.sharesOf(Oracle, operator(0), delegator);
      await expect(stakes.connect(delegator).requestUnbond(Oracle, operator(0), shares + 1n))
        .to.be.revertedWithCustomError(stakes, "StakeInsufficientShares")
        .withArgs(shares, shares + 1n);
      const before = (await stakes.poolOf(Oracle, operator(0))).shares;
      await stakes.connect(delegator).requestUnbond(Oracle, operator(0), shares);
      expect((await stakes.poolOf(Oracle, operator(0))).shares).to.equal(before - shares);
      expect(await stakes.stakeOf(Oracle, operator(0))).to.equal(STAKE);

      const ticketId = await lastTicket(stakes);
      const { withdrawableAt } = await stakes.ticketOf(ticketId);
      await expect(stakes.connect(delegator).withdraw(ticketId))
        .to.be.revertedWithCustomError(stakes, "StakeUnbonding")
        .withArgs(ticketId, withdrawableAt);
      await time.increaseTo(withdrawableAt);
      await expect(stakes.connect(stranger).withdraw(ticketId))
        .to.be.revertedWithCustomError(stakes, "StakeNotTicketOwner")
        .withArgs(ticketId, stranger);
      await expect(stakes.connect(delegator).withdraw(ticketId)).to.changeTokenBalances(
        ethers,
        token,
        [stakes, delegator],
        [-STAKE, STAKE],
      );
      await expect(stakes.connect(delegator).withdraw(ticketId)).to.be.revertedWithCustomError(
        stakes,
        "StakeNotTicketOwner",
      );
    });

    it("does not let the first stake of a pool dilute the next", async () => {
      const { stakes, token, owner, delegator, stranger } = await networkHelpers.loadFixture(deploy);
      await stakes.connect(stranger).register(Validator, stranger, 0, ...OWN_KEY);
      await stakes.connect(stranger).stake(Validator, stranger, 1n, 0, 1_000);
      // OPEN sent past the pool changes no price.
      await token.connect(owner).transfer(stakes, STAKE);
      await stakes.connect(delegator).stake(Validator, stranger, STAKE, 0, 1_000);
      const shares = await stakes.sharesOf(Validator, stranger, delegator);
      expect(await stakes.assetsOf(Validator, stranger, shares)).to.equal(STAKE);
    });
  });

  describe("slashing", () => {
    it("is for slashers only, within 1 … 10,000 bps", async () => {
      const { stakes, owner, slasher, operator } = await networkHelpers.loadFixture(deployOperators);
      await expect(stakes.connect(owner).slash(Oracle, operator(0), 1, owner))
        .to.be.revertedWithCustomError(stakes, "StakeUnauthorized")
        .withArgs(owner);
      for (const bps of [0, 10_001]) {
        await expect(stakes.connect(slasher).slash(Oracle, operator(0), bps, owner))
          .to.be.revertedWithCustomError(stakes, "StakeOutOfBounds")
          .withArgs(bps, 1, 10_000);
      }
    });

    it("takes from active and unbonding stake, and pays the challenger its share", async () => {
      const { stakes, token, treasury, slasher, challenger, delegator, operator } =
        await networkHelpers.loadFixture(deployOperators);
      await stakes.connect(delegator).stake(Oracle, operator(0), STAKE, 0, 1_000);
      const shares = await stakes.sharesOf(Oracle, operator(0), delegator);
      await stakes.connect(delegator).requestUnbond(Oracle, operator(0), shares);
      const ticketId = await lastTicket(stakes);

      // Half of 10,000 active and of 10,000 unbonding; 30 % of it to the challenger.
      await expect(stakes.connect(slasher).slash(Oracle, operator(0), 5_000, challenger)).to.changeTokenBalances(
        ethers,
        token,
        [stakes, challenger, treasury],
        [-STAKE, 3_000n * OPEN, 7_000n * OPEN],
      );
      await time.increase(STAKE_PARAMETERS.unbondingPeriod);
      await expect(stakes.connect(delegator).withdraw(ticketId)).to.changeTokenBalance(
        ethers,
        token,
        delegator,
        STAKE / 2n,
      );
    });

    it("takes whole stakes, and leaves a pool that can be staked in again", async () => {
      const { stakes, slasher, delegator, operator } = await networkHelpers.loadFixture(deployOperators);
      await stakes.connect(slasher).slash(Oracle, operator(0), 10_000, ethers.ZeroAddress);
      expect((await stakes.poolOf(Oracle, operator(0))).assets).to.equal(0n);
      await stakes.connect(slasher).slash(Oracle, operator(0), 10_000, ethers.ZeroAddress);
      await stakes.connect(delegator).stake(Oracle, operator(0), 1_000n, 0, 1_000);
      const shares = await stakes.sharesOf(Oracle, operator(0), delegator);
      expect(await stakes.assetsOf(Oracle, operator(0), shares)).to.be.closeTo(1_000n, 1n);
    });

    it("closes a pool to new stake that was slashed to nothing twice", async () => {
      const { stakes, slasher, delegator, operator } = await networkHelpers.loadFixture(deployOperators);
      const wipe = () => stakes.connect(slasher).slash(Oracle, operator(0), 10_000, ethers.ZeroAddress);
      await wipe();
      await stakes.connect(delegator).stake(Oracle, operator(0), STAKE, 0, 1_000);
      await wipe();
      await expect(stakes.connect(delegator).stake(Oracle, operator(0), STAKE, 0, 1_000))
        .to.be.revertedWithCustomError(stakes, "StakePoolSpent")
        .withArgs(Oracle, operator(0));
      // It can still be slashed.
      await wipe();
    });

    it("leaves shares that are worth nothing where they are", async () => {
      const { stakes, slasher, operator } = await networkHelpers.loadFixture(deployOperators);
      await stakes.connect(slasher).slash(Oracle, operator(0), 10_000, ethers.ZeroAddress);
      const shares = await stakes.sharesOf(Oracle, operator(0), operator(0));
      await expect(
        stakes.connect(operator(0)).requestUnbond(Oracle, operator(0), shares),
      ).to.be.revertedWithCustomError(stakes, "StakeZeroAmount");
    });

    it("jails until the operator comes back after its time", async () => {
      const { stakes, slasher, operator } = await networkHelpers.loadFixture(deployOperators);
      await expect(stakes.connect(operator(0)).unjail(Oracle)).to.be.revertedWithCustomError(stakes, "StakeNotJailed");
      await stakes.connect(slasher).slash(Oracle, operator(0), 1, ethers.ZeroAddress);
      expect(await stakes.stakeOf(Oracle, operator(0))).to.equal(0n);
      await expect(stakes.connect(operator(0)).unjail(Oracle)).to.be.revertedWithCustomError(stakes, "StakeJailed");
      await time.increase(STAKE_PARAMETERS.jailPeriod);
      await stakes.connect(operator(0)).unjail(Oracle);
      expect(await stakes.stakeOf(Oracle, operator(0))).to.equal(STAKE - STAKE / 10_000n);
    });

    it("lets delegators leave an operator in jail", async () => {
      const { stakes, slasher, delegator, operator } = await networkHelpers.loadFixture(deployOperators);
      await stakes.connect(delegator).stake(Oracle, operator(0), STAKE, 0, 1_000);
      await stakes.connect(slasher).slash(Oracle, operator(0), 1_000, ethers.ZeroAddress);
      const shares = await stakes.sharesOf(Oracle, operator(0), delegator);
      await stakes.connect(delegator).requestUnbond(Oracle, operator(0), shares);
      expect((await stakes.poolOf(Oracle, operator(0))).unbondingAssets).to.equal((STAKE * 9n) / 10n);
    });

    it("revokes what an oracle can sign under, and allows the next snapshot at once", async () => {
      const { stakes, slasher, operator } = await networkHelpers.loadFixture(deployOperators);
      await stakes.snapshotQuorum();
      expect(await stakes.commitmentOf(1n)).to.not.equal(0n);
      await expect(stakes.connect(slasher).slash(Oracle, operator(0), 1, ethers.ZeroAddress))
        .to.emit(stakes, "SnapshotsRevoked")
        .withArgs(1n);
      expect(await stakes.commitmentOf(1n)).to.equal(0n);
      await stakes.snapshotQuorum();
      expect((await stakes.quorumOf(2n)).members).to.have.length(5);
    });
  });
});
