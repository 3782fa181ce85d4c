import type { Hash } from "@openledger/protocol/hex.ts";
import { keccakText } from "@openledger/protocol/keccak.ts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { accountOf, settlementInputs } from "../../test/fixtures/settlement.ts";
import { compareSettlements, type SettlementClaims } from "./compare.ts";
import { settleEpochs } from "./settle.ts";

const ours = settleEpochs(settlementInputs({ seed: 3, accounts: 6, contributions: 10, k: 32, models: 2, epochs: 2 }));
const honest: SettlementClaims = { root: ours.root, pools: ours.pools, accounts: ours.accounts };

function withPool(p: number, change: (pool: SettlementClaims["pools"][number]) => SettlementClaims["pools"][number]) {
  return { ...honest, pools: honest.pools.map((pool, i) => (i === p ? change(pool) : pool)) };
}

function withScore(p: number, index: number, change: { score?: bigint; weight?: bigint; contributionId?: bigint }) {
  return withPool(p, (pool) => ({
    ...pool,
    scores: pool.scores.map((row, i) => (i === index ? { ...row, ...change } : row)),
  }));
}

function withEntry(a: number, e: number, change: { earned?: bigint; cumulative?: bigint }) {
  const accounts = honest.accounts.map((account, i) =>
    i === a
      ? { ...account, entries: account.entries.map((entry, j) => (j === e ? { ...entry, ...change } : entry)) }
      : account,
  );
  return { ...honest, accounts };
}

describe("comparison of settlements", () => {
  it("finds nothing between equals", () => {
    expect(compareSettlements(ours, honest)).toBeUndefined();
  });

  it("names the score that is wrong, wherever it is", () => {
    fc.assert(
      fc.property(fc.nat({ max: 3 }), fc.nat({ max: 9 }), fc.bigInt({ min: 1n, max: 1n << 60n }), (p, index, by) => {
        const { leaf, scores } = honest.pools[p]!;
        const { contributionId, score, weight } = scores[index]!;
        const place = { modelId: leaf.modelId, epoch: leaf.epoch, index, contributionId };
        const wrong = { tree: "scores", place, remedy: "wrong score" };
        expect(compareSettlements(ours, withScore(p, index, { score: score + by }))).toEqual({
          ...wrong,
          field: "score",
          ours: String(score),
          theirs: String(score + by),
        });
        expect(compareSettlements(ours, withScore(p, index, { weight: weight + by }))).toMatchObject({
          ...wrong,
          field: "weight",
        });
        expect(compareSettlements(ours, withScore(p, index, { contributionId: contributionId + by }))).toMatchObject({
          tree: "scores",
          place,
          remedy: "wrong order",
        });
      }),
    );
  });

  it("names scores that are missing or too many", () => {
    const short = withPool(1, (pool) => ({ ...pool, scores: pool.scores.slice(0, -1) }));
    expect(compareSettlements(ours, short)).toMatchObject({ tree: "scores", theirs: "absent", remedy: "demand" });
    const long = withPool(1, (pool) => ({
      ...pool,
      scores: [...pool.scores, { contributionId: 99n, score: 1n, weight: 1n }],
    }));
    expect(compareSettlements(ours, long)).toMatchObject({ tree: "scores", ours: "absent", remedy: "wrong order" });
  });

  it("names the pool that is wrong, missing or invented", () => {
    const wrong = withPool(2, (pool) => ({ ...pool, leaf: { ...pool.leaf, pool: pool.leaf.pool + 1n } }));
    expect(compareSettlements(ours, wrong)).toMatchObject({ tree: "models", field: "pool", remedy: "wrong pool" });
    const flagged = withPool(2, (pool) => ({ ...pool, leaf: { ...pool.leaf, fallbackSplit: true } }));
    expect(compareSettlements(ours, flagged)).toMatchObject({ field: "fallbackSplit", ours: "false", theirs: "true" });
    const missing = { ...honest, pools: honest.pools.slice(1) };
    expect(compareSettlements(ours, missing)).toMatchObject({
      tree: "models",
      place: { modelId: 1n, epoch: 1n },
      theirs: "absent",
      remedy: "wrong sum",
    });
    const [first] = honest.pools;
    const invented = { ...honest, pools: [...honest.pools, { ...first!, leaf: { ...first!.leaf, modelId: 9n } }] };
    expect(compareSettlements(ours, invented)).toMatchObject({
      place: { modelId: 9n },
      ours: "absent",
      remedy: "wrong pool",
    });
  });

  it("names a total and a root that are not those of the leaves", () => {
    const total = withPool(0, (pool) => ({ ...pool, leaf: { ...pool.leaf, totalWeight: pool.leaf.totalWeight + 1n } }));
    expect(compareSettlements(ours, total)).toMatchObject({ field: "totalWeight", remedy: "wrong sum" });
    const root = withPool(0, (pool) => ({ ...pool, leaf: { ...pool.leaf, scoresRoot: keccakText("hidden") } }));
    expect(compareSettlements(ours, root)).toMatchObject({ field: "scoresRoot", remedy: "demand" });
    for (const field of ["modelsRoot", "payoutsRoot"] as const) {
      const hidden = { ...honest, root: { ...honest.root, [field]: keccakText("hidden") } };
      expect(compareSettlements(ours, hidden)).toMatchObject({ tree: "root", field, remedy: "demand" });
    }
  });

  it("says that the chain decides another functional without receipts, and nothing where there are some", () => {
    const receiptsOf = (receiptCount: number, queryHash?: Hash) =>
      withPool(0, ({ leaf, ...pool }) => ({
        ...pool,
        leaf: { ...leaf, receiptCount, queryHash: queryHash ?? leaf.queryHash },
      }));
    for (const [receipts, remedy] of [
      [0, "wrong direction"],
      [3, undefined],
    ] as const) {
      const other = receiptsOf(receipts, keccakText("other F"));
      expect(compareSettlements(receiptsOf(receipts), other)).toMatchObject({ field: "queryHash", remedy });
    }
  });

  it("names the entry that is wrong, missing or invented", () => {
    const entry = honest.accounts[2]!.entries[1]!;
    const place = {
      account: honest.accounts[2]!.account,
      modelId: entry.modelId,
      contributionId: entry.contributionId,
    };
    expect(compareSettlements(ours, withEntry(2, 1, { earned: entry.earned - 1n }))).toMatchObject({
      tree: "entries",
      place,
      field: "earned",
      remedy: "wrong entry",
    });
    const without = honest.accounts.map((account, i) =>
      i === 2 ? { ...account, entries: account.entries.toSpliced(1, 1) } : account,
    );
    expect(compareSettlements(ours, { ...honest, accounts: without })).toMatchObject({
      place,
      theirs: "absent",
      remedy: "demand",
    });
    const stranger = { account: accountOf(1_000), entries: [entry] };
    const invented = [...honest.accounts, stranger].sort((a, b) => (a.account < b.account ? -1 : 1));
    expect(compareSettlements(ours, { ...honest, accounts: invented })).toMatchObject({
      place: { account: stranger.account },
      ours: "absent",
      remedy: "wrong entry",
    });
  });

  it("looks at the epochs first", () => {
    const other = { ...honest, pools: [], root: { ...honest.root, lastEpoch: 3n } };
    expect(compareSettlements(ours, other)).toMatchObject({ tree: "root", field: "lastEpoch", ours: "2", theirs: "3" });
  });
});
