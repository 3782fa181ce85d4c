import { expect } from "chai";
import { formatEther } from "ethers";
import { connection, DAY, deployLiquidity, type Liquidity, OPEN } from "../liquidity/deployLiquidity.ts";

const { ethers, networkHelpers } = connection;
const { loadFixture, time } = networkHelpers;

/** IModelGrants.Check. */
const REVENUE = 4n;

/** A grant of 100 OPEN to the creator of model 1 for as much revenue. */
async function grantForRevenue(loaded: Liquidity, threshold: bigint) {
  const { grants, token, alice, creator } = loaded;
  const now = BigInt(await time.latest());
  const terms = {
    recipient: creator.address,
    modelId: 1n,
    reviewer: ethers.ZeroAddress,
    reviewPeriod: 0n,
    deadline: now + 100n * DAY,
  };
  await token.connect(alice).approve(grants, 100n * OPEN);
  await grants.connect(alice).create(terms, [{ check: REVENUE, amount: 100n * OPEN, duration: 1n, threshold }], "");
}

/** Pays `amount` into the till of model 1 in the next epoch and sweeps it. @returns the epoch */
async function payOneself({ clock, market, token, creator }: Liquidity, amount: bigint): Promise<bigint> {
  await time.increaseTo(await clock.endOf(await clock.current()));
  const epoch = await clock.current();
  await token.connect(creator).transfer(await market.tillOf(1n), amount);
  await market.sweep(1n);
  return epoch;
}

describe("Attacks on grants", () => {
  it("lets a provider state any number of receipts for no OPEN, and none of them reaches a milestone", async () => {
    const loaded = await loadFixture(deployLiquidity);
    const { grants, market, clock, token, provider } = loaded;
    await grantForRevenue(loaded, 1n);
    await time.increaseTo(await clock.endOf(await clock.current()));
    const epoch = await clock.current();
    const stated = 2n ** 32n - 1n;
    const held = await token.balanceOf(provider);
    await market.connect(provider).commitReceipts(1n, epoch, ethers.id("receipts"), stated, "");
    expect((await market.receiptsOf(1n, epoch)).count).to.equal(stated);
    expect(await token.balanceOf(provider)).to.equal(held);
    await time.increaseTo(await clock.endOf(epoch));
    await expect(grants.reach(1n, [epoch]))
      .to.be.revertedWithCustomError(grants, "GrantBelowThreshold")
      .withArgs(0n, 1n);
  });

  it("costs 0.3125 of the revenue to be one's own customer, whoever of creator, provider, curator and contributors one is", async () => {
    const loaded = await loadFixture(deployLiquidity);
    const { grants, token, addresses, clock, distributor, deployer, creator, provider } = loaded;
    // what the attacker is not: the treasury, and those who staked with others
    const lostTo = [addresses.TimelockController, addresses.StakeRewards];
    const own = [creator, provider, deployer];
    const sum = async (accounts: readonly (string | (typeof own)[0])[]) =>
      (await Promise.all(accounts.map((account) => token.balanceOf(account)))).reduce((a, b) => a + b, 0n);
    const [lost, kept] = [await sum(lostTo), await sum(own)];
    await grantForRevenue(loaded, 480n * OPEN);
    const epoch = await payOneself(loaded, 1_000n * OPEN);
    const pool = await distributor.poolOf(1n, epoch);
    expect(formatEther(pool)).to.equal("480.0");
    expect(formatEther((await sum(lostTo)) - lost)).to.equal("150.0");
    // the rest of what was paid is the pool's, of which owners of all contributions get everything
    expect(kept - (await sum(own))).to.equal(pool + 150n * OPEN);
    expect(Number(150n * OPEN) / Number(pool)).to.equal(0.3125);
    await time.increaseTo(await clock.endOf(epoch));
    await grants.reach(1n, [epoch]);
    await time.increase(1n);
    // a threshold of 3.2 times the amount takes what the grant gives: 480 OPEN for 100 cost 150
    await expect(grants.withdraw(1n)).to.changeTokenBalance(ethers, token, creator, 100n * OPEN);
  });
});
