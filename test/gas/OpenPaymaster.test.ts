import { expect } from "chai";
import fc from "fast-check";
import { network } from "hardhat";
import { ZeroAddress } from "ethers";
import { encodeCalls, packUserOperation, type UserOperation } from "../../oracle/gas/userOperation.ts";
import { DAY, OPEN } from "../rewards/deployRewards.ts";
import { BUDGET, createGasWorld, type Draft, GWEI, type GasWorld, PRICE, REWARD } from "./deployGas.ts";

const connection = await network.create({ network: "default", chainType: "op" });
const { ethers, networkHelpers } = connection;
const { deploy, delegate, draft, sign, include } = createGasWorld(connection);
const { time } = networkHelpers;

/** The world, with an account that is called and has OPEN. */
async function deployRich() {
  const world = await networkHelpers.loadFixture(deploy);
  const { token, owner, alice } = world;
  await token.connect(owner).transfer(alice.address, 1_000n * OPEN);
  await delegate(world, alice);
  return world;
}

/** What the paymaster has, all in wei of ETH at its price. */
async function worth({ token, entryPoint, paymaster }: GasWorld): Promise<bigint> {
  return (await entryPoint.balanceOf(paymaster)) + ((await token.balanceOf(paymaster)) * OPEN) / PRICE;
}

/** Expects an operation to be refused before anything is paid, for this reason. */
async function expectRefused(world: GasWorld, op: UserOperation, reason: string, error?: string): Promise<void> {
  const { entryPoint, paymaster } = world;
  const before = await entryPoint.balanceOf(paymaster);
  const including = include(world, op);
  if (error === undefined) {
    await expect(including).to.be.revertedWithCustomError(entryPoint, "FailedOp").withArgs(0n, reason);
  } else {
    const inner = (data: string) => paymaster.interface.parseError(data)?.name === error || data.startsWith(error);
    await expect(including).to.be.revertedWithCustomError(entryPoint, "FailedOpWithRevert").withArgs(0n, reason, inner);
  }
  expect(await entryPoint.balanceOf(paymaster)).to.equal(before);
}

describe("OpenPaymaster", () => {
  describe("a wallet with 0 ETH and 0 OPEN", () => {
    it("claims its reward and pays the gas from it", async () => {
      const world = await networkHelpers.loadFixture(deploy);
      const { token, alice, claim, distributor, paymaster } = world;
      await delegate(world, alice);
      const before = await worth(world);
      const op = await sign(world, alice, draft(alice.address), { claim });
      await expect(include(world, op)).to.emit(paymaster, "GasPaid").and.to.emit(distributor, "Claimed");
      const kept = await token.balanceOf(alice.address);
      expect(kept)
        .to.be.greaterThan((REWARD * 6n) / 10n)
        .and.lessThan(REWARD);
      expect(await ethers.provider.getBalance(alice.address)).to.equal(0n);
      expect(await worth(world)).to.be.greaterThanOrEqual(before);
    });

    it("is refused when its reward is smaller than what the gas can cost", async () => {
      const world = await networkHelpers.loadFixture(deploy);
      const { alice, claim } = world;
      await delegate(world, alice);
      const op = await sign(world, alice, draft(alice.address, { maxFeePerGas: 4n * GWEI }), { claim });
      await expectRefused(world, op, "AA33 reverted", "0x");
    });

    it("still pays when somebody else has claimed for it in between", async () => {
      const world = await networkHelpers.loadFixture(deploy);
      const { alice, claim, distributor, stranger, token, tree, place } = world;
      await delegate(world, alice);
      const op = await sign(world, alice, draft(alice.address), { claim });
      await distributor.connect(stranger).claim(place, { ...tree.payout(place) }, tree.proof(place));
      const before = await worth(world);
      await include(world, op);
      expect(await token.balanceOf(alice.address)).to.be.lessThan(REWARD);
      expect(await worth(world)).to.be.greaterThanOrEqual(before);
    });
  });

  describe("an operation", () => {
    it("is refused with less authorised than it can cost, another's signature, another amount, or a nonce again", async () => {
      const world = await deployRich();
      const { alice, paymaster } = world;
      const plain = draft(alice.address);
      await expectRefused(world, await sign(world, alice, plain, { amount: OPEN }), "AA33 reverted", "GasUnderpaid");
      const mallory = ethers.Wallet.createRandom();
      await expectRefused(world, await sign(world, mallory, plain), "AA33 reverted", "0x");
      const good = await sign(world, alice, plain);
      const { signature } = await sign(world, mallory, plain);
      await expectRefused(world, { ...good, signature }, "AA24 signature error");
      await expectRefused(world, { ...good, callData: "0x1234" }, "AA24 signature error");
      await include(world, good);
      await expectRefused(world, good, "AA25 invalid account nonce");
      await expect(
        paymaster.validatePaymasterUserOp(packUserOperation(good), ethers.ZeroHash, 1n),
      ).to.be.revertedWithCustomError(paymaster, "PaymasterUnauthorized");
      await expect(paymaster.postOp(0, "0x", 0, 0)).to.be.revertedWithCustomError(paymaster, "PaymasterUnauthorized");
    });

    it("costs its sender what it cost, when its calls revert, and however often", async () => {
      const world = await deployRich();
      const { alice, token, entryPoint, paymaster } = world;
      const failing = encodeCalls([
        { to: await token.getAddress(), data: token.interface.encodeFunctionData("transfer", [ZeroAddress, 1n]) },
      ]);
      const before = await worth(world);
      for (let nonce = 0n; nonce < 5n; nonce++) {
        const held = await token.balanceOf(alice.address);
        await include(world, await sign(world, alice, draft(alice.address, { nonce, callData: failing })));
        expect(await token.balanceOf(alice.address)).to.be.lessThan(held);
      }
      expect(await entryPoint.getNonce(alice.address, 0n)).to.equal(5n);
      expect(await worth(world)).to.be.greaterThanOrEqual(before);
      expect(await token.balanceOf(paymaster)).to.be.greaterThan(0n);
    });

    it("cannot take OPEN away between the check and the payment", async () => {
      const world = await deployRich();
      const { alice, token } = world;
      const all = token.interface.encodeFunctionData("transfer", [world.stranger.address, 1_000n * OPEN]);
      const callData = encodeCalls([{ to: await token.getAddress(), data: all }]);
      const before = await worth(world);
      await include(world, await sign(world, alice, draft(alice.address, { callData })));
      expect(await token.balanceOf(world.stranger.address)).to.equal(0n);
      expect(await worth(world)).to.be.greaterThanOrEqual(before);
    });

    it("pays for gas that it asks for and does not use, and for a settlement that it starves", async () => {
      const world = await deployRich();
      const { alice } = world;
      const changes: Partial<Draft>[] = [
        { callGasLimit: 20_000_000n },
        { paymasterPostOpGasLimit: 5_000_000n },
        { paymasterPostOpGasLimit: 0n },
        { paymasterPostOpGasLimit: 20_000n },
        { preVerificationGas: 3_000_000n },
      ];
      for (const [nonce, change] of changes.entries()) {
        const before = await worth(world);
        await include(world, await sign(world, alice, draft(alice.address, { nonce: BigInt(nonce), ...change })));
        expect(await worth(world), JSON.stringify(Object.keys(change))).to.be.greaterThanOrEqual(before);
      }
    });

    it("never costs the paymaster anything, whatever its limits and fees are", async () => {
      const world = await deployRich();
      const { alice, entryPoint } = world;
      const gas = (max: number) => fc.integer({ min: 0, max }).map(BigInt);
      const limits = fc.record({
        callGasLimit: gas(2_000_000),
        paymasterPostOpGasLimit: gas(200_000),
        preVerificationGas: gas(200_000),
        maxFeePerGas: fc.bigInt(GWEI, 4n * GWEI),
        maxPriorityFeePerGas: fc.bigInt(0n, 3n * GWEI),
      });
      await fc.assert(
        fc.asyncProperty(limits, async (changes) => {
          const before = await worth(world);
          const nonce = await entryPoint.getNonce(alice.address, 0n);
          await include(world, await sign(world, alice, draft(alice.address, { nonce, ...changes })));
          expect(await worth(world)).to.be.greaterThanOrEqual(before);
        }),
        { numRuns: 30 },
      );
    });
  });

  describe("the budget of a day", () => {
    it("counts what was paid, refuses what could exceed it, and is new on the next day", async () => {
      const world = await deployRich();
      const { alice, paymaster } = world;
      expect(await paymaster.budgetLeft()).to.equal(BUDGET);
      await include(world, await sign(world, alice, draft(alice.address)));
      const left = await paymaster.budgetLeft();
      expect(left)
        .to.be.lessThan(BUDGET)
        .and.greaterThan(BUDGET - 1_060_000n * GWEI);
      const dear = draft(alice.address, { nonce: 1n, callGasLimit: 500_000_000n });
      await world.token.connect(world.owner).transfer(alice.address, 10_000n * OPEN);
      await paymaster.deposit({ value: 10n * BUDGET });
      await expectRefused(world, await sign(world, alice, dear), "AA33 reverted", "GasBudgetSpent");
      await time.increase(DAY);
      expect(await paymaster.budgetLeft()).to.equal(BUDGET);
    });
  });

  describe("the price", () => {
    it("moves by a quarter, once a day, within its bounds, and only by the owner", async () => {
      const { paymaster, owner, stranger } = await networkHelpers.loadFixture(deploy);
      const asOwner = paymaster.connect(owner);
      await expect(paymaster.connect(stranger).setPrice(PRICE)).to.be.revertedWithCustomError(
        paymaster,
        "OwnableUnauthorizedAccount",
      );
      await time.increase(DAY);
      for (const price of [(PRICE * 3n) / 4n - 1n, (PRICE * 5n) / 4n + 1n]) {
        await expect(asOwner.setPrice(price)).to.be.revertedWithCustomError(paymaster, "GasPriceTooFar");
      }
      await expect(asOwner.setPrice((PRICE * 3n) / 4n))
        .to.emit(paymaster, "PriceSet")
        .withArgs((PRICE * 3n) / 4n);
      await expect(asOwner.setPrice(PRICE / 2n + PRICE / 4n)).to.be.revertedWithCustomError(
        paymaster,
        "GasPriceTooSoon",
      );
      for (let price = (PRICE * 3n) / 4n; price > 130n * OPEN; price = await paymaster.openPerEth()) {
        await time.increase(DAY);
        await asOwner.setPrice(price - price / 4n);
      }
      await time.increase(DAY);
      await expect(asOwner.setPrice(100n * OPEN - 1n)).to.be.revertedWithCustomError(paymaster, "GasPriceOutOfBounds");
      await expect(asOwner.setPrice(1_000_000n * OPEN + 1n)).to.be.revertedWithCustomError(
        paymaster,
        "GasPriceOutOfBounds",
      );
    });

    it("takes no more from a sender than it has authorised, when it moves in between", async () => {
      const world = await deployRich();
      const { alice, paymaster, owner } = world;
      const op = await sign(world, alice, draft(alice.address));
      await time.increase(DAY);
      await paymaster.connect(owner).setPrice((PRICE * 5n) / 4n);
      await expectRefused(world, op, "AA33 reverted", "GasUnderpaid");
    });

    it("has to be within its bounds from the beginning", async () => {
      const { paymaster, token, distributor, owner } = await networkHelpers.loadFixture(deploy);
      const make = (...price: bigint[]) =>
        ethers.deployContract("OpenPaymaster", [token, distributor, owner, ...price, 1n]);
      for (const price of [
        [9n, 10n, 20n],
        [21n, 10n, 20n],
        [0n, 0n, 20n],
      ]) {
        await expect(make(...price)).to.be.revertedWithCustomError(paymaster, "GasPriceOutOfBounds");
      }
      await expect(
        ethers.deployContract("OpenPaymaster", [ZeroAddress, distributor, owner, 1n, 1n, 1n, 1n]),
      ).to.be.revertedWithCustomError(paymaster, "GasInvalidAddress");
    });
  });

  describe("its money", () => {
    it("is put in by anybody and taken out by the owner alone", async () => {
      const world = await deployRich();
      const { alice, paymaster, entryPoint, owner, stranger, token } = world;
      await include(world, await sign(world, alice, draft(alice.address)));
      const earned = await token.balanceOf(paymaster);
      for (const call of [
        paymaster.connect(stranger).withdraw(stranger, 1n),
        paymaster.connect(stranger).withdrawOpen(stranger, 1n),
      ]) {
        await expect(call).to.be.revertedWithCustomError(paymaster, "OwnableUnauthorizedAccount");
      }
      const all = await entryPoint.balanceOf(paymaster);
      const to = ethers.Wallet.createRandom().address;
      await paymaster.connect(owner).withdraw(to, all);
      await paymaster.connect(owner).withdrawOpen(to, earned);
      expect(await ethers.provider.getBalance(to)).to.equal(all);
      expect(await token.balanceOf(to)).to.equal(earned);
    });
  });
});
