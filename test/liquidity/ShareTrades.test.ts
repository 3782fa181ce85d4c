import { expect } from "chai";
import { connection, DAY, deployLiquidity, issueShares, OPEN, openPair, SUPPLY } from "./deployLiquidity.ts";

const { ethers, networkHelpers } = connection;
const { time } = networkHelpers;

async function fixture() {
  const loaded = await deployLiquidity();
  const { creator, alice, token, trades } = loaded;
  const shares = await issueShares(loaded);
  const address = await shares.getAddress();
  await expect(trades.quote(address, OPEN, true)).to.be.revertedWithCustomError(trades, "TradeNoPair");
  await openPair(loaded, shares, creator, { open: 1_000n * OPEN, held: SUPPLY / 4n });
  await token.connect(alice).approve(trades, ethers.MaxUint256);
  await shares.connect(alice).approve(trades, ethers.MaxUint256);
  const deadline = BigInt(await time.latest()) + DAY;
  return { ...loaded, shares, address, deadline };
}
const load = () => networkHelpers.loadFixture(fixture);

describe("ShareTrades", () => {
  it("buys what the pair's own arithmetic gives, and sells it again at the cost of two fees", async () => {
    const { trades, token, shares, address, deadline, alice } = await load();
    const expected = await trades.quote(address, 100n * OPEN, true);
    expect(expected).to.equal((100n * OPEN * 997n * (SUPPLY / 4n)) / (1_000n * OPEN * 1_000n + 100n * OPEN * 997n));
    const before = await token.balanceOf(alice);
    await trades.connect(alice).buy(address, 100n * OPEN, expected, deadline);
    expect(await shares.balanceOf(alice)).to.equal(expected);
    const back = await trades.quote(address, expected, false);
    await trades.connect(alice).sell(address, expected, back, deadline);
    expect(before - (await token.balanceOf(alice))).to.equal(100n * OPEN - back);
    expect(100n * OPEN - back).to.be.within(0n, OPEN);
    expect([await token.balanceOf(trades), await shares.balanceOf(trades)]).to.deep.equal([0n, 0n]);
  });

  it("does nothing at a worse price, after the deadline, or with nothing approved", async () => {
    const { trades, token, address, deadline, alice, bob } = await load();
    const expected = await trades.quote(address, OPEN, true);
    await expect(trades.connect(alice).buy(address, OPEN, expected + 1n, deadline))
      .to.be.revertedWithCustomError(trades, "TradeTooLittle")
      .withArgs(expected, expected + 1n);
    await expect(trades.connect(bob).buy(address, OPEN, 0n, deadline)).to.be.revertedWithCustomError(
      token,
      "ERC20InsufficientAllowance",
    );
    await time.increaseTo(deadline + 1n);
    await expect(trades.connect(alice).buy(address, OPEN, 0n, deadline)).to.be.revertedWithCustomError(
      trades,
      "TradeExpired",
    );
  });
});
