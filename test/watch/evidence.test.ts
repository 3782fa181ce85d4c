import { expect } from "chai";
import { network } from "hardhat";
import { asHash } from "@openledger/protocol/hex.ts";
import { hashInt16 } from "@openledger/protocol/score/int16Vector.ts";
import type { Entry } from "@openledger/protocol/trees/entriesTree.ts";
import type { VersionIndex } from "../../oracle/settlement/inputs.ts";
import { settleEpochs } from "../../oracle/settlement/settle.ts";
import { calldataOf, type RemedyCall } from "../../oracle/watch/calls.ts";
import { indexRemedy } from "../../oracle/watch/indexEvidence.ts";
import { rootRemedy } from "../../oracle/watch/rootEvidence.ts";
import {
  DAY,
  DEMAND_BOND,
  deployDisputes,
  OPERATORS,
  REVEAL_WINDOW,
  SLASH_BPS,
  STAKE,
} from "../attribution/deployDisputes.ts";
import { createEconomy, type BuiltIndex, type BuiltRoot, type Cheat } from "../attribution/economy.ts";
import { inputsOf, payeeOfRegistry, publishedOf, versionIndexOf } from "./publishedEconomy.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const wait = (seconds: bigint) => networkHelpers.time.increase(seconds);
/** What every signer loses, and what the challenger gets of all of them together. */
const LOSS = (STAKE * SLASH_BPS) / 10_000n;
const REWARD = (BigInt(OPERATORS) * LOSS * 3_000n) / 10_000n;
const gas: Record<string, string> = {};

/** Epochs 1 and 2 are settled, 3 is closed: a root over it is due. */
async function settledOnce() {
  const deployment = await deployDisputes(ethers, wait);
  const town = await createEconomy(deployment, { seed: 3, models: 2, epochs: 3 }, wait);
  await town.activateAll();
  await town.spend();
  const lastEpoch = (await deployment.clock.current()) - 1n;
  const first = await town.settle(undefined, lastEpoch - 1n);
  await town.post(first);
  await wait(DAY);
  await deployment.distributor.finalise(first.root);
  const honest = await town.settle(first, lastEpoch);
  return { deployment, town, first, honest, lastEpoch, inputs: await inputsOf(deployment, honest, first) };
}
type Settled = Awaited<ReturnType<typeof settledOnce>>;
const load = () => networkHelpers.loadFixture(settledOnce);

/** Version 1 is published; its index is due. */
async function published() {
  const deployment = await deployDisputes(ethers, wait);
  const town = await createEconomy(deployment, { seed: 3, models: 1, epochs: 0 }, wait);
  return { deployment, town, honest: town.versions[0]! };
}
const loadPublished = () => networkHelpers.loadFixture(published);

const remedyOf = (
  { deployment, inputs }: Settled,
  posted: BuiltRoot,
  withheld = false,
): Promise<RemedyCall | undefined> =>
  rootRemedy(inputs, posted.root, withheld ? undefined : publishedOf(posted), payeeOfRegistry(deployment));

const remedyOfIndex = (honest: BuiltIndex, attested: BuiltIndex, shown: VersionIndex | undefined) =>
  indexRemedy(versionIndexOf(honest), shown, {
    indexRoot: asHash(attested.tree.root),
    qualityHash: hashInt16(attested.quality),
  });

/** The challenger, who has no stake, sends the call; what it leads to must be the same for every fraud. */
async function send(deployment: Settled["deployment"], call: RemedyCall | undefined, method: string, name: string) {
  expect(call?.method).equal(method);
  const { challenger, disputes, demands, token } = deployment;
  const before = await token.balanceOf(challenger);
  const to = call!.contract === "AttributionDisputes" ? disputes : demands;
  const sent = await challenger.sendTransaction({ to, data: calldataOf(call!) });
  gas[`${name}: ${method}`] = String((await sent.wait())!.gasUsed);
  if (to === demands) {
    expect(before - (await token.balanceOf(challenger))).equal(DEMAND_BOND);
    const [demanded] = (await demands.queryFilter(demands.filters.Demanded())).slice(-1);
    await wait(REVEAL_WINDOW + 1n);
    const defaulted = await demands.connect(challenger).defaultDemand(demanded!.args.demandId);
    gas[`${name}: defaultDemand`] = String((await defaulted.wait())!.gasUsed);
  }
  expect((await token.balanceOf(challenger)) - before).equal(REWARD);
}

async function expectSlashed({ stakes, operators }: Settled["deployment"]) {
  for (const { account } of operators) expect((await stakes.poolOf(0, account)).assets).equal(STAKE - LOSS);
}

interface RootFraud {
  readonly name: string;
  readonly cheat: (settled: Settled) => Cheat;
  readonly method: string;
  readonly withheld?: boolean;
}

const firstEntry =
  (change: (entry: Entry) => Entry): RootFraud["cheat"] =>
  () => ({
    entries: (accounts) => {
      const [entries] = [...accounts.values()];
      entries![0] = change(entries![0]!);
    },
  });

const ROOT_FRAUDS: readonly RootFraud[] = [
  {
    name: "one score",
    method: "disputeScore",
    cheat: () => ({ rows: (rows) => (rows[0] = { ...rows[0]!, score: rows[0]!.score + 1n }) }),
  },
  {
    name: "one weight",
    method: "disputeWeight",
    cheat: () => ({ rows: (rows) => (rows[0] = { ...rows[0]!, weight: rows[0]!.weight + 1n }) }),
  },
  {
    name: "a pool of another size",
    method: "disputeSettlement",
    cheat: () => ({ settlements: (all) => (all[0] = { ...all[0]!, pool: all[0]!.pool - 1n }) }),
  },
  {
    name: "receipts that nobody committed",
    method: "disputeSettlement",
    cheat: () => ({ settlements: (all) => (all[0] = { ...all[0]!, receiptCount: all[0]!.receiptCount + 1 }) }),
  },
  {
    name: "a total weight that is not the scores'",
    method: "disputeScoresTree",
    cheat: () => ({ settlements: (all) => (all[0] = { ...all[0]!, totalWeight: all[0]!.totalWeight + 1n }) }),
  },
  {
    name: "an entry that earned more",
    method: "disputeEarned",
    cheat: firstEntry((entry) => ({ ...entry, earned: entry.earned + 1n, cumulative: entry.cumulative + 1n })),
  },
  {
    name: "an entry that carries over more",
    method: "disputeCarried",
    cheat: firstEntry((entry) => ({ ...entry, cumulative: entry.cumulative + 1n })),
  },
  {
    name: "an entry left out",
    method: "demandCarriedEntry",
    cheat: () => ({ entries: (accounts) => [...accounts.values()][0]!.shift() }),
  },
  {
    name: "a split by examples although the certificate is good",
    method: "disputeWeight",
    cheat: () => ({ fallback: () => true }),
  },
  {
    name: "a split by scores although the certificate is not",
    method: "disputeSettlement",
    cheat: () => ({ fallback: () => false }),
  },
  {
    name: "a withheld bundle",
    method: "demandFunctional",
    withheld: true,
    cheat: () => ({ rows: (rows) => (rows[0] = { ...rows[0]!, score: rows[0]!.score + 1n }) }),
  },
  {
    name: "accounts that are withheld",
    method: "demandPayoutsNode",
    withheld: true,
    cheat: firstEntry((entry) => ({ ...entry, earned: entry.earned + 1n, cumulative: entry.cumulative + 1n })),
  },
];

interface IndexFraud {
  readonly name: string;
  readonly cheat: Cheat;
  readonly method: string;
  readonly withheld?: boolean;
}

const INDEX_FRAUDS: readonly IndexFraud[] = [
  { name: "a contribution left out", method: "disputeOmission", cheat: { omit: true } },
  {
    name: "the examples of one row",
    method: "disputeIndexRow",
    cheat: { quality: (rows) => (rows[0] = { ...rows[0]!, examples: rows[0]!.examples + 1 }) },
  },
  {
    name: "the quality of one row",
    method: "disputeQuality",
    cheat: { quality: (rows) => (rows[0] = { ...rows[0]!, quality: rows[0]!.quality + 1n }) },
  },
  {
    name: "a withheld index",
    method: "demandIndexRow",
    withheld: true,
    cheat: { quality: (rows) => (rows[0] = { ...rows[0]!, quality: rows[0]!.quality + 1n }) },
  },
];

describe("evidence of the watchtower", () => {
  after(() => {
    console.table(gas);
  });

  it("settles to the roots that the economy was built with", async () => {
    const { inputs, honest } = await load();
    const { root } = settleEpochs(inputs);
    expect(root.modelsRoot).equal(honest.root.modelsRoot);
    expect(root.payoutsRoot).equal(honest.root.payoutsRoot);
  });

  describe("against a colluding quorum's root", () => {
    for (const { name, cheat, method, withheld } of ROOT_FRAUDS) {
      it(`cancels it for ${name}`, async () => {
        const settled = await load();
        const { deployment, town, first, lastEpoch } = settled;
        const posted = await town.settle(first, lastEpoch, cheat(settled));
        await town.post(posted);
        await send(deployment, await remedyOf(settled, posted, withheld), method, name);
        expect((await deployment.distributor.pendingRoot()).rootHash).equal(ethers.ZeroHash);
        await expectSlashed(deployment);
      });
    }

    it("has nothing to say about an honest one, published or not", async () => {
      const settled = await load();
      expect(await remedyOf(settled, settled.honest)).equal(undefined);
      expect(await remedyOf(settled, settled.honest, true)).equal(undefined);
    });
  });

  describe("against a colluding quorum's index", () => {
    for (const { name, cheat, method, withheld } of INDEX_FRAUDS) {
      it(`cancels it for ${name}`, async () => {
        const { deployment, town, honest } = await loadPublished();
        const attested = await town.buildIndex(honest.versionId, cheat);
        await town.attest(attested);
        const call = remedyOfIndex(honest, attested, withheld ? undefined : versionIndexOf(attested));
        await send(deployment, call, method, name);
        const { indexes } = deployment;
        await expect(indexes.indexOf(honest.versionId)).to.be.revertedWithCustomError(indexes, "IndexUnknown");
        await expectSlashed(deployment);
      });
    }

    it("has nothing to say about an honest one, published or not", async () => {
      const { honest } = await loadPublished();
      expect(remedyOfIndex(honest, honest, versionIndexOf(honest))).equal(undefined);
      expect(remedyOfIndex(honest, honest, undefined)).equal(undefined);
    });
  });
});
