// Gas of shares, launches, sales, votes, grants and bounties on the default build, beside the same without us: a swap in a pair of
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
import {
  CHECK,
  connection,
  DAY,
  deployLiquidity,
  issueShares,
  launch,
  launchTerms,
  MILESTONES,
  OPEN,
  swap,
} from "../test/liquidity/deployLiquidity.ts";
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
    yield* grants();
    yield* bounties();
  },
};

async function* launches() {
  const loaded = await deploySale();
  const { launchpad, models, creator, alice, bob, token, trades } = loaded;
  const start = await networkHelpers.takeSnapshot();
  await models.connect(creator).approve(launchpad, 1n);
  yield row("launch: create", await gasOf(launchpad.connect(creator).launch(await launchTerms(), MILESTONES)));
  await start.restore();
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
  await shares.connect(creator).approve(trades, ethers.MaxUint256);
  yield row("shares: sell", await gasOf(trades.connect(creator).sell(shares, OPEN, 0n, 2n ** 64n - 1n)));
  await token.connect(creator).transfer(shares, 100n * OPEN);
  await shares.connect(alice).claim(alice);
  await time.increase(2n * DAY);
  yield row("shares: claim", await gasOf(shares.connect(alice).claim(alice)));
  yield* decisions();
}

/** Shares that nobody sold: the creator has all, and decides alone. */
async function* decisions() {
  const loaded = await deployLiquidity();
  const { models, creator, alice, token } = loaded;
  const shares = await issueShares(loaded);
  await shares.connect(creator).delegate(creator);
  await time.increase(1n);
  const price = models.interface.encodeFunctionData("setPrice", [1n, 2n * OPEN]);
  yield row("shares: manage the price", await gasOf(shares.connect(creator).manage(price)));
  const offer = shares.interface.encodeFunctionData("offer", [100n * OPEN]);
  const decision = await shares.decisionOf(shares, offer);
  yield row("shares: support an offer", await gasOf(shares.connect(creator).support(decision)));
  await time.increase(1n);
  yield row("shares: decide an offer", await gasOf(shares.decide(shares, offer, [creator.address])));
  await token.connect(alice).approve(shares, ethers.MaxUint256);
  yield row("shares: bid", await gasOf(shares.connect(alice).bid(100n * OPEN)));
  await time.increase(14n * DAY);
  yield row("shares: settle the auction", await gasOf(shares.settleAuction()));
}

async function* grants() {
  const { grants: contract, token, alice, creator } = await deployLiquidity();
  await token.connect(alice).approve(contract, ethers.MaxUint256);
  const deadline = BigInt(await time.latest()) + 90n * DAY;
  const reviewer = alice.address;
  const terms = { recipient: creator.address, modelId: 1n, reviewer, reviewPeriod: DAY, deadline };
  const milestone = { check: CHECK.Review, amount: 100n * OPEN, duration: DAY, threshold: 0n };
  yield row("grant: create, one milestone", await gasOf(contract.connect(alice).create(terms, [milestone], "")));
  yield row("grant: submit evidence", await gasOf(contract.connect(creator).submit(1n, ethers.id("evidence"))));
  await time.increase(DAY);
  yield row("grant: reach a milestone", await gasOf(contract.reach(1n, [])));
  await time.increase(DAY);
  yield row("grant: withdraw", await gasOf(contract.withdraw(1n)));
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
  yield row("votes: propose one call", Number((await voting.ethers.provider.getBlock("latest"))!.gasUsed));
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
