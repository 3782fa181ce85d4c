import { expect } from "chai";
import { network } from "hardhat";
import { DAY, OPEN, Role, STAKE_PARAMETERS, addOperators } from "../rewards/deployRewards.ts";
import { createStaking, STAKE } from "./createStaking.ts";
import { possessionOf } from "./possession.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const { time } = networkHelpers;
const { deploy, deployOperators } = createStaking({ ethers, networkHelpers });
const { Oracle } = Role;
/** How long stake that leaves still signs and counts. */
const NOTICE = STAKE_PARAMETERS.unbondingPeriod - STAKE_PARAMETERS.snapshotLifetime - 14n * DAY;

describe("StakeManager's quorum", () => {
  describe("quorum snapshots", () => {
    it("needs as many members as must sign", async () => {
      const deployed = await networkHelpers.loadFixture(deploy);
      const { stakes } = deployed;
      await addOperators(deployed, (await ethers.getSigners()).slice(10, 12), () => STAKE);
      await time.increase(DAY);
      await expect(stakes.snapshotQuorum()).to.be.revertedWithCustomError(stakes, "StakeTooFewMembers").withArgs(2, 3);
    });

    it("records members by ascending signer with the stake that has been there long enough", async () => {
      const { stakes, delegator, operators, operator } = await networkHelpers.loadFixture(deployOperators);
      await stakes.connect(delegator).stake(Oracle, operator(0), 7n * STAKE, 0, 1_000);
      await stakes.snapshotQuorum();
      const { members, denominator } = await stakes.quorumOf(1n);
      const signers = members.map((word) => ethers.getAddress(ethers.toBeHex(word >> 96n, 20)));
      expect(signers).to.deep.equal(
        operators.map(({ key }) => key.address).sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1)),
      );
      expect(members.map((word) => BigInt.asUintN(96, word))).to.deep.equal(Array(5).fill(STAKE));
      // What came late counts at once, but for nobody yet.
      expect(denominator).to.equal(12n * STAKE);
      for (const [i, signer] of signers.entries()) {
        const { account } = operators.find(({ key }) => key.address === signer)!;
        expect(await stakes.operatorAt(1n, i)).to.equal(account.address);
      }
      await expect(stakes.operatorAt(1n, 5)).to.be.revertedWithCustomError(stakes, "StakeUnknownMember");
    });

    it("counts stake neither before its delay nor when what it signs could outlast it", async () => {
      const { stakes, delegator, operator } = await networkHelpers.loadFixture(deployOperators);
      await stakes.connect(delegator).stake(Oracle, operator(1), STAKE, 0, 1_000);
      expect(await stakes.weightOf(operator(1))).to.equal(STAKE);
      await time.increase(DAY);
      expect(await stakes.weightOf(operator(1))).to.equal(2n * STAKE);
      const shares = await stakes.sharesOf(Oracle, operator(1), delegator);
      await stakes.connect(delegator).requestUnbond(Oracle, operator(1), shares);
      expect(await stakes.weightOf(operator(1))).to.equal(2n * STAKE);
      await time.increase(NOTICE);
      expect(await stakes.weightOf(operator(1))).to.equal(2n * STAKE);
      await time.increase(1n);
      expect(await stakes.weightOf(operator(1))).to.equal(STAKE);
    });

    it("leaves out who has less than the least stake", async () => {
      const { stakes, operator } = await networkHelpers.loadFixture(deployOperators);
      const shares = await stakes.sharesOf(Oracle, operator(4), operator(4));
      await stakes.connect(operator(4)).requestUnbond(Oracle, operator(4), (shares * 95n) / 100n);
      await time.increase(NOTICE + 1n);
      await stakes.snapshotQuorum();
      expect((await stakes.quorumOf(1n)).members).to.have.length(4);
    });

    it("waits for the interval", async () => {
      const { stakes } = await networkHelpers.loadFixture(deployOperators);
      await stakes.snapshotQuorum();
      await expect(stakes.snapshotQuorum()).to.be.revertedWithCustomError(stakes, "StakeSnapshotTooSoon");
      await time.increase(STAKE_PARAMETERS.snapshotInterval);
      await stakes.snapshotQuorum();
      expect(await stakes.latestSnapshot()).to.equal(2n);
    });

    it("uses a new signer from the next snapshot on, and still finds who signed the last one", async () => {
      const { stakes, operators, operator } = await networkHelpers.loadFixture(deployOperators);
      await stakes.snapshotQuorum();
      const { members } = await stakes.quorumOf(1n);
      const place = members.findIndex((word) => word >> 96n === BigInt(operators[2]!.key.address));
      const next = ethers.Wallet.createRandom();
      const [signer, agreed] = [next.address, await possessionOf(stakes, next, operator(2).address, Oracle)];
      await stakes.connect(operator(2)).rotateSigner(Oracle, signer, ...agreed);
      expect(await stakes.operatorAt(1n, place)).to.equal(operator(2).address);
      await stakes.snapshotQuorum();
      expect((await stakes.quorumOf(2n)).members.map((word) => word >> 96n)).to.include(BigInt(signer));
    });
  });

  describe("seats", () => {
    /** 32 seats, the last operator's the weakest, and two operators without a seat. */
    async function deployFull() {
      const deployed = await deploy();
      const wallets = await Promise.all(
        Array.from({ length: 34 }, async (_, i) => {
          const address = ethers.getAddress(ethers.toBeHex(0x5ea7_0000 + i, 20));
          await networkHelpers.impersonateAccount(address);
          await networkHelpers.setBalance(address, 10n ** 20n);
          return ethers.getSigner(address);
        }),
      );
      // The seats are in the order of registration.
      await addOperators(deployed, wallets, (i) => (i < 32 ? STAKE - BigInt(i) * OPEN : i === 32 ? STAKE : 0n));
      return { ...deployed, wallets };
    }

    it("go to the stronger once its stake counts", async () => {
      const { stakes, wallets } = await networkHelpers.loadFixture(deployFull);
      const [weakest, newcomer, empty] = wallets.slice(31);
      expect((await stakes.poolOf(Oracle, newcomer!)).seated).to.equal(false);
      await expect(stakes.takeSeat(newcomer!, 31)).to.be.revertedWithCustomError(stakes, "StakeSeatNotWeaker");
      await time.increase(DAY);
      await expect(stakes.takeSeat(empty!, 31))
        .to.be.revertedWithCustomError(stakes, "StakeSeatNotWeaker")
        .withArgs(31, STAKE - 31n * OPEN, 0);
      await expect(stakes.takeSeat(newcomer!, 0)).to.be.revertedWithCustomError(stakes, "StakeSeatNotWeaker");
      await expect(stakes.takeSeat(newcomer!, 31)).to.emit(stakes, "SeatTaken").withArgs(newcomer, weakest, 31);
      expect((await stakes.seats())[31]).to.equal(newcomer);
      await expect(stakes.takeSeat(newcomer!, 30)).to.be.revertedWithCustomError(stakes, "StakeAlreadySeated");
      await stakes.snapshotQuorum();
      expect((await stakes.quorumOf(1n)).members).to.have.length(32);
      expect(await stakes.weightOf(weakest!)).to.equal(0n);
    });

    it("decide who earns, in jail or out of it again", async () => {
      const { stakes, clock, slasher, stranger, wallets } = await networkHelpers.loadFixture(deployFull);
      const rewards = await ethers.getContractAt("StakeRewards", await stakes.rewards());
      const nextEpoch = async () => time.increaseTo(await clock.endOf(await clock.current()));
      const [weakest, newcomer] = wallets.slice(31);
      await time.increase(DAY);
      await stakes.connect(slasher).slash(Oracle, weakest!, 1, ethers.ZeroAddress);
      await stakes.takeSeat(newcomer!, 31);
      await time.increase(10n * DAY);
      await expect(stakes.connect(weakest).unjail(Oracle)).to.emit(stakes, "Unjailed");
      await nextEpoch();
      await stakes.connect(stranger).fundStakers(32_000n * OPEN);
      await nextEpoch();
      const owed = await Promise.all(wallets.map((wallet) => rewards.connect(wallet).claim.staticCall(wallet)));
      expect(owed[31]).to.equal(0n);
      // Equal stakes but for a few OPEN, so equal shares: the total is that of the 32 with a seat.
      expect(owed[32]).to.be.within(990n * OPEN, 1_010n * OPEN);
      const inAll = owed.reduce((sum, part) => sum + part, 0n);
      expect(inAll).to.be.within(32_000n * OPEN - 100n, 32_000n * OPEN);
    });
  });
});
