import { expect } from "chai";
import { formatEther } from "ethers";
import {
  connection,
  DAY,
  deployLiquidity,
  issueShares,
  launch,
  type Liquidity,
  OPEN,
  openPair,
  SUPPLY,
  swap,
} from "./deployLiquidity.ts";

const { ethers, networkHelpers } = connection;
const { time } = networkHelpers;

/** Shares of model 1 with a pool of 1,000 OPEN, and 1,000 OPEN of fees, 200 of them the owner's, in the till. */
async function fullTill() {
  const loaded = await deployLiquidity();
  const { creator, token, market, deployer } = loaded;
  const shares = await issueShares(loaded, SUPPLY / 2n);
  const pair = await openPair(loaded, shares, creator, { open: 1_000n * OPEN, held: SUPPLY / 4n });
  await shares.exclude(token);
  await token.connect(deployer).transfer(await market.tillOf(1n), 1_000n * OPEN);
  return { ...loaded, shares, pair };
}

async function sale() {
  const loaded = await deployLiquidity();
  return { ...loaded, ...(await launch(loaded)) };
}

/** What the attacker has more than before, in OPEN. */
async function gain({ token, attacker }: Liquidity, act: () => Promise<unknown>): Promise<number> {
  const before = await token.balanceOf(attacker);
  await act();
  return Number(formatEther((await token.balanceOf(attacker)) - before));
}

function expectAbout(gained: number, expected: number, tolerance: number) {
  expect(Math.abs(gained - expected) <= tolerance, `${gained} OPEN instead of ${expected}`).to.equal(true);
}

describe("attacks on shares and launches", () => {
  for (const [spent, lost] of [
    [500n, -2],
    [2_000n, -4],
  ] as const) {
    it(`flash dividend: buys for ${spent} OPEN, sweeps 200, claims and sells: ${lost} OPEN`, async () => {
      const loaded = await networkHelpers.loadFixture(fullTill);
      const { shares, pair, market, attacker } = loaded;
      const gained = await gain(loaded, async () => {
        const bought = await swap(loaded, shares, pair, attacker, "buy", spent * OPEN);
        await market.connect(attacker).sweep(1n);
        await shares.connect(attacker).claim(attacker);
        await swap(loaded, shares, pair, attacker, "sell", bought);
      });
      expectAbout(gained, lost, 0.02);
    });
  }

  it("flash dividend while the stream flows: the attacker gets his seconds of it", async () => {
    const loaded = await networkHelpers.loadFixture(fullTill);
    const { shares, pair, market, attacker } = loaded;
    await market.sweep(1n);
    await shares.claim(attacker);
    const now = BigInt(await time.latest());
    await time.increaseTo((now / DAY + 1n) * DAY + DAY / 2n);
    const gained = await gain(loaded, async () => {
      const bought = await swap(loaded, shares, pair, attacker, "buy", 500n * OPEN);
      await shares.connect(attacker).claim(attacker);
      await swap(loaded, shares, pair, attacker, "sell", bought);
      await shares.connect(attacker).claim(attacker);
    });
    expectAbout(gained, -1.995, 0.01);
  });

  it("dust: a wei an hour delays nothing", async () => {
    const loaded = await networkHelpers.loadFixture(fullTill);
    const { shares, market, token, creator, attacker } = loaded;
    await market.sweep(1n);
    await shares.claim(attacker);
    const begin = (BigInt(await time.latest()) / DAY + 1n) * DAY;
    const restorer = await networkHelpers.takeSnapshot();
    await time.increaseTo(begin + DAY);
    const undisturbed = await shares.claimable(creator);
    await restorer.restore();
    for (let hour = 0n; hour < 24n; hour++) {
      await time.increaseTo(begin + hour * 3_600n);
      await token.connect(attacker).transfer(shares, 1n);
      await shares.connect(attacker).claim(attacker);
    }
    await time.increaseTo(begin + DAY);
    expect(undisturbed).to.be.within(200n * OPEN - 1n, 200n * OPEN);
    expect(await shares.claimable(creator)).to.be.within(200n * OPEN - 30n, 200n * OPEN);
  });

  it("inflation: a gift to the shares is everybody's, and makes none of them dearer to earn by", async () => {
    const loaded = await networkHelpers.loadFixture(fullTill);
    const { shares, token, creator, attacker, alice } = loaded;
    await shares.connect(creator).transfer(attacker, 1n);
    const gained = await gain(loaded, async () => {
      await token.connect(attacker).transfer(shares, 10_000n * OPEN);
      await time.increase(3n * DAY);
      await shares.connect(attacker).claim(attacker);
      await time.increase(3n * DAY);
      await shares.connect(attacker).claim(attacker);
    });
    expectAbout(gained, -10_000, 0.000_001);
    await shares.connect(creator).transfer(alice, 100n);
    await shares.connect(creator).claim(creator);
    expect(await shares.claimable(alice)).to.equal(0n);
  });

  it("sweep around a transfer: who sells just before a sweep keeps his part of nothing, who buys gets none of it either", async () => {
    const loaded = await networkHelpers.loadFixture(fullTill);
    const { shares, market, creator, bob } = loaded;
    await market.sweep(1n);
    await shares.connect(creator).transfer(bob, SUPPLY / 2n);
    expect([await shares.claimable(creator), await shares.claimable(bob)]).to.deep.equal([0n, 0n]);
    const now = BigInt(await time.latest());
    await time.increaseTo((now / DAY + 2n) * DAY);
    // of the period in which the revenue flows, both held all of it
    expect((await shares.claimable(creator)) * 2n - (await shares.claimable(bob))).to.be.within(-2n, 2n);
  });

  it("pre-created pair, one wei and sync: the router would stop, the graduation opens at the price of the sale", async () => {
    const loaded = await networkHelpers.loadFixture(sale);
    const { launchpad, token, shares, pair, terms, alice, attacker } = loaded;
    await token.connect(attacker).transfer(pair, 1n);
    await pair.connect(attacker).sync();
    await launchpad.connect(alice).deposit(1n, 2_000n * OPEN, []);
    await time.increaseTo(terms.endsAt);
    await launchpad.graduate(1n);
    expect(await token.balanceOf(pair)).to.equal(1_000n * OPEN + 1n);
    expect(await shares.balanceOf(pair)).to.equal(SUPPLY / 5n);
    expect(await pair.balanceOf(await launchpad.LOCK())).to.be.greaterThan(0n);
  });

  it("donation of 1,000 OPEN and sync before the graduation: doubles the opening price at the donor's cost", async () => {
    const loaded = await networkHelpers.loadFixture(sale);
    const { launchpad, token, shares, pair, terms, alice, attacker } = loaded;
    await launchpad.connect(attacker).deposit(1n, 1_000n * OPEN, []);
    await launchpad.connect(alice).deposit(1n, 1_000n * OPEN, []);
    await token.connect(attacker).transfer(pair, 1_000n * OPEN);
    await pair.connect(attacker).sync();
    await time.increaseTo(terms.endsAt);
    await launchpad.graduate(1n);
    expect(await token.balanceOf(pair)).to.equal(2_000n * OPEN);
    // he sells everything that he bought at the doubled price
    await launchpad.collect(1n, attacker);
    const gained = await gain(loaded, async () => {
      await swap(loaded, shares, pair, attacker, "sell", await shares.balanceOf(attacker));
    });
    expectAbout(gained - 2_000, -1_000, 2);
  });

  it("donation without sync is the shareholders'", async () => {
    const { launchpad, token, shares, pair, terms, alice, attacker } = await networkHelpers.loadFixture(sale);
    await launchpad.connect(alice).deposit(1n, 2_000n * OPEN, []);
    await token.connect(attacker).transfer(pair, 50n * OPEN);
    await time.increaseTo(terms.endsAt);
    await launchpad.graduate(1n);
    expect(await token.balanceOf(pair)).to.equal(1_000n * OPEN);
    expect(await shares.unstreamed()).to.equal(50n * OPEN);
  });

  it("a pair of an address that is to come is adopted", async () => {
    const loaded = await networkHelpers.loadFixture(deployLiquidity);
    const { issuer, exchange, token, launchpad, attacker } = loaded;
    const nonce = await ethers.provider.getTransactionCount(await issuer.getAddress());
    const future = ethers.getCreateAddress({ from: await issuer.getAddress(), nonce });
    await exchange.connect(attacker).createPair(future, token);
    const { shares, pair } = await launch(loaded);
    expect(await shares.getAddress()).to.equal(future);
    expect(await pair.getAddress()).to.equal(await exchange.getPair(future, token));
    expect((await launchpad.launchOf(1n)).shares).to.equal(future);
  });

  it("sniping: who buys in the second of the graduation and sells later pays more than every buyer of the sale", async () => {
    const loaded = await networkHelpers.loadFixture(sale);
    const { launchpad, shares, pair, terms, alice, attacker } = loaded;
    await launchpad.connect(alice).deposit(1n, 2_000n * OPEN, []);
    await time.increaseTo(terms.endsAt);
    await launchpad.graduate(1n);
    const bought = await swap(loaded, shares, pair, attacker, "buy", 100n * OPEN);
    const { shares: alices } = await launchpad.outcomeOf(1n, alice);
    // price of the sale: 2,000 OPEN for `alices`; the sniper pays a tenth more at least
    expect(bought * 2_000n * 11n).to.be.lessThan(alices * 100n * 10n + alices * 10n);
    const gained = await gain(loaded, () => swap(loaded, shares, pair, attacker, "sell", bought));
    expectAbout(gained, 99.4, 0.2);
  });

  it("first to collect: earns as if all that was sold earned, and decides nothing alone", async () => {
    const loaded = await networkHelpers.loadFixture(sale);
    const { launchpad, token, shares, terms, alice, attacker, deployer } = loaded;
    await launchpad.connect(alice).deposit(1n, 1_980n * OPEN, []);
    await launchpad.connect(attacker).deposit(1n, 20n * OPEN, []);
    await token.connect(deployer).transfer(shares, 1_000n * OPEN);
    await time.increaseTo(terms.endsAt);
    await launchpad.graduate(1n);
    await launchpad.collect(1n, attacker);
    await shares.connect(attacker).delegate(attacker);
    const offer = shares.interface.encodeFunctionData("offer", [1n]);
    await shares.connect(attacker).support(await shares.decisionOf(shares, offer));
    await expect(shares.decide(shares, offer, [attacker.address])).to.be.revertedWithCustomError(
      shares,
      "SharesTooFewVotes",
    );
    await time.increase(2n * DAY);
    await shares.connect(attacker).claim(attacker);
    await time.increase(2n * DAY);
    // one hundredth of what flowed in the periods in which he was alone
    expect(await shares.claimable(attacker)).to.be.lessThan(10n * OPEN);
    expect(await shares.unstreamed()).to.be.greaterThan(900n * OPEN);
  });
});
