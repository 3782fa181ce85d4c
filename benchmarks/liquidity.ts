// Gas of shares, launches, sales, votes and bounties on the default build, beside the same without us: a swap in a pair of
// Uniswap V2 and an order of Seaport that names no zone, both as published.
import { chargeOf } from "../test/rewards/measureGas.ts";
import {
  connection as voting,
  deployGovernance,
  FOR,
  propose,
  untilOpen,
  untilOver,
  wrap,
} from "../test/governance/deployGovernance.ts";
import { activate, contribute, deployBountyTown, LABEL, rowOf, termsOf } from "../test/governance/bountyTown.ts";
import { connection, DAY, launch, OPEN, swap } from "../test/liquidity/deployLiquidity.ts";
import { deploySale, fill, list, SOLD } from "../test/liquidity/sale.ts";
import type { Benchmark, Row } from "./report.ts";

const { ethers, networkHelpers } = connection;
const { time } = networkHelpers;

/** Sends and measures. */
const gasOf = async (sent: Promise<{ hash: string }>, chain = ethers): Promise<number> =>
  (await chargeOf(chain.provider, sent)).gas;

const row = (name: string, value: number, peer?: string): Row => ({
  name,
  value,
  unit: "gas",
  ...(peer === undefined ? {} : { peer }),
});
const count = (value: number): string => value.toLocaleString("en");

export const benchmark: Benchmark = {
  name: "liquidity",
  seed: 0,
  async *measure() {
    yield* launches();
    yield* sales();
    yield* votes();
    yield* bounties();
  },
};

async function* launches() {
  const loaded = await deploySale();
  const { launchpad, creator, alice, bob, token, trades } = loaded;
  const { shares, pair, terms } = await launch(loaded);
  await launchpad.connect(bob).deposit(1n, 1_000n * OPEN, []);
  yield row("launch: deposit", await gasOf(launchpad.connect(alice).deposit(1n, 1_000n * OPEN, [])));
  await time.increaseTo(terms.endsAt);
  yield row("launch: graduate into a pair", await gasOf(launchpad.graduate(1n)));
  await launchpad.collect(1n, bob);
  yield row("launch: collect shares", await gasOf(launchpad.collect(1n, alice)));

  await token.connect(creator).approve(trades, ethers.MaxUint256);
  const buy = () => trades.connect(creator).buy(shares, 10n * OPEN, 0n, 2n ** 64n - 1n);
  await buy();
  const bought = await gasOf(buy());
  // two transactions: the payment, and the swap
  await swap(loaded, shares, pair, creator, "buy", OPEN);
  const before = await ethers.provider.getBlockNumber();
  await swap(loaded, shares, pair, creator, "buy", OPEN);
  let plain = 0;
  for (let block = before + 1; block <= (await ethers.provider.getBlockNumber()); block++) {
    plain += Number((await ethers.provider.getBlock(block))!.gasUsed);
  }
  yield row("shares: buy", bought, `Uniswap V2 transfer and swap ${count(plain)}`);
  await token.connect(creator).transfer(shares, 100n * OPEN);
  await shares.connect(alice).claim(alice);
  await time.increase(2n * DAY);
  yield row("shares: claim", await gasOf(shares.connect(alice).claim(alice)));
}

async function* sales() {
  const loaded = await deploySale();
  const { contributor, alice } = loaded;
  yield row("sale: approve and announce", await announce());
  const open = await list(loaded, contributor, `contribution:${SOLD}`, { orderType: 0n, zone: ethers.ZeroAddress });
  const start = await networkHelpers.takeSnapshot();
  const plain = await gasOf(fill(loaded, alice, open));
  await start.restore();
  const zoned = await list(loaded, contributor, `contribution:${SOLD}`);
  yield row(
    "sale: fill, checked by SaleZone",
    await gasOf(fill(loaded, alice, zoned)),
    `Seaport without a zone ${count(plain)}`,
  );

  async function announce(): Promise<number> {
    const before = await ethers.provider.getBlockNumber();
    await list(loaded, contributor, `contribution:${SOLD}`);
    let gas = 0;
    for (let block = before + 1; block <= (await ethers.provider.getBlockNumber()); block++) {
      gas += Number((await ethers.provider.getBlock(block))!.gasUsed);
    }
    return gas;
  }
}

async function* votes() {
  const governance = await deployGovernance();
  const { governor, models, alice, votes: wrapped } = governance;
  await wrap(governance, alice, 12_000_000n * OPEN);
  yield row("votes: wrap", await gasOf(wrapped.connect(alice).depositFor(alice, OPEN), voting.ethers));
  const data = models.interface.encodeFunctionData("setScheme", [voting.ethers.id("a scheme"), true]);
  const id = await propose(governance, alice, [{ to: await models.getAddress(), data }]);
  await untilOpen(governance, id);
  yield row("votes: vote", await gasOf(governor.connect(alice).castVote(id, FOR), voting.ethers));
  await untilOver(governance, id);
  yield row("votes: queue", await gasOf(governor["queue(uint256)"](id), voting.ethers));
  await voting.networkHelpers.time.increaseTo(await governor.proposalEta(id));
  yield row("votes: execute one call", await gasOf(governor["execute(uint256)"](id), voting.ethers));
}

async function* bounties() {
  const loaded = await deployBountyTown(ethers, (seconds) => time.increase(seconds));
  const { bounties: contract, funder, alice, bob } = loaded;
  const terms = await termsOf(loaded);
  yield row("bounty: create", await gasOf(contract.connect(funder).create(terms, LABEL, "")));
  const good = await contribute(
    loaded,
    alice,
    Array.from({ length: 100 }, () => LABEL),
  );
  const bad = await contribute(loaded, bob, [...Array.from({ length: 99 }, () => LABEL), "late_card"]);
  await time.increaseTo(terms.closesAt);
  yield row("bounty: close", await gasOf(contract.close(1n)));
  const index = await activate(loaded, [10, 10, 10, 10, 10]);
  await contract.enter(1n, ...rowOf(index, bad.contributionId));
  yield row("bounty: enter", await gasOf(contract.enter(1n, ...rowOf(index, good.contributionId))));
  yield row("bounty: refute, 100 examples", await gasOf(contract.refute(1n, ...bad.shown(99))));
  await time.increase(2n * terms.period);
  await contract.settle(1n);
  yield row("bounty: claim", await gasOf(contract.claim(1n, good.contributionId)));
}
