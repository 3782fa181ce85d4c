import { rootHashOf } from "@openledger/protocol/eip712/scoreRoot.ts";
import { asAddress } from "@openledger/protocol/hex.ts";
import { keccakText } from "@openledger/protocol/keccak.ts";
import { payoutOf } from "@openledger/protocol/score/payout.ts";
import { buildEntriesTree } from "@openledger/protocol/trees/entriesTree.ts";
import { rootOfProof } from "@openledger/protocol/trees/sumTree.ts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { accountOf, previousOf, settlementInputs } from "../../test/fixtures/settlement.ts";
import { InputError } from "../common/errors.ts";
import { addEarnings } from "./ledger.ts";
import { scoreRootOf, settleEpochs } from "./settle.ts";

const size = { seed: 1, accounts: 12, contributions: 40, k: 32, models: 3, epochs: 2 };
const inputs = settlementInputs(size);
const bundleHash = keccakText("bundle");

describe("settlement", () => {
  it("refuses a version that it was not given", () => {
    expect(() => settleEpochs({ ...inputs, versions: inputs.versions.slice(1) })).toThrow(InputError);
  });

  it("refuses empty pools, and pools whose functional or parties do not fit the version", () => {
    const [pool, ...rest] = inputs.pools;
    const withPool = (change: Partial<typeof pool>) => ({ ...inputs, pools: [{ ...pool!, ...change }, ...rest] });
    expect(() => settleEpochs(withPool({ pool: 0n }))).toThrow(/empty/);
    expect(() => settleEpochs(withPool({ functional: new Int16Array(64) }))).toThrow(/functional/);
    expect(() => settleEpochs(withPool({ parties: pool!.parties.slice(1) }))).toThrow(/parties/);
  });

  it("refuses epochs out of range", () => {
    expect(() => settleEpochs({ ...inputs, lastEpoch: 1n })).toThrow(/outside/);
    expect(() => settleEpochs({ ...inputs, lastEpoch: 0n })).toThrow(/cannot cover/);
  });

  it("refuses a root that ends with an epoch that earned nothing, or settles more than 32 that did", () => {
    expect(() => settleEpochs({ ...inputs, lastEpoch: 3n })).toThrow(/cannot cover/);
    expect(() => settleEpochs({ ...inputs, pools: [], versions: [] })).toThrow(/cannot cover/);
    const crowded = (epochs: number) => settlementInputs({ ...size, accounts: 2, contributions: 2, models: 1, epochs });
    expect(() => settleEpochs(crowded(33))).toThrow(/cannot cover/);
    expect(settleEpochs(crowded(32)).root.lastEpoch).toBe(32n);
  });

  it("passes over any number of epochs without revenue", () => {
    const pools = inputs.pools.map((pool) => ({ ...pool, epoch: pool.epoch * 500n }));
    const { root } = settleEpochs({ ...inputs, lastEpoch: 1_000n, pools });
    expect(root).toMatchObject({ firstEpoch: 1n, lastEpoch: 1_000n });
  });

  it("refuses previous accounts that do not add up to the previous root", () => {
    const previous = previousOf(settleEpochs(inputs), bundleHash);
    const next = settlementInputs(
      { ...size, firstEpoch: 3n },
      { ...previous, payoutsTotal: previous.payoutsTotal - 1n },
    );
    expect(() => settleEpochs(next)).toThrow(/do not add up/);
  });

  it("pays out every pool to the wei", () => {
    const { pools, books, modelsTree, accounts } = settleEpochs(inputs);
    pools.forEach((pool, p) => {
      expect(pool.payouts.reduce((a, b) => a + b)).toBe(inputs.pools[p]!.pool);
      expect(pool.scoresTree.total).toBe(pool.leaf.totalWeight);
    });
    expect(books.poolsTotal).toBe(inputs.pools.reduce((sum, pool) => sum + pool.pool, 0n));
    expect(modelsTree.total).toBe(books.poolsTotal);
    expect(accounts.reduce((sum, account) => sum + account.earned, 0n)).toBe(books.poolsTotal);
  });

  it("gives every entry the payouts of its contribution in all epochs where the account was the payee", () => {
    const { pools, accounts } = settleEpochs(inputs);
    for (const { account, entries, entriesRoot, cumulative } of accounts) {
      for (const entry of entries) {
        let expected = 0n;
        pools.forEach(({ leaf, scoresTree }, p) => {
          const { parties, versionId } = inputs.pools[p]!;
          const rows = inputs.versions.find((version) => version.versionId === versionId)!.rows;
          const i = rows.findIndex((row) => row.contributionId === entry.contributionId);
          if (leaf.modelId !== entry.modelId || parties[i]!.payee !== account) return;
          const { leafSum } = scoresTree.proof(i);
          expected += payoutOf(leaf.pool, scoresTree.prefix(i), leafSum, leaf.totalWeight);
        });
        expect(entry.earned).toBe(expected);
        expect(entry.cumulative).toBe(expected);
      }
      expect(buildEntriesTree(entries)).toMatchObject({ root: entriesRoot, total: cumulative });
    }
  });

  it("proves every account and every pool against its root", () => {
    const { accounts, payoutsTree, pools, modelsTree, root } = settleEpochs(inputs);
    accounts.forEach((account, i) => {
      expect(payoutsTree.indexOf(account.account)).toBe(i);
      expect(payoutsTree.payout(i)).toEqual({
        account: account.account,
        cumulative: account.cumulative,
        entriesRoot: account.entriesRoot,
      });
    });
    pools.forEach((pool, i) => {
      const proof = modelsTree.proof(i);
      expect(proof.leafSum).toBe(pool.leaf.pool);
      expect(rootOfProof(proof)).toBe(root.modelsRoot);
    });
  });

  it("never lowers a cumulative amount, over many roots", () => {
    let settlement = settleEpochs(inputs);
    for (let n = 1; n <= 4; n++) {
      const previous = previousOf(settlement, rootHashOf(scoreRootOf(settlement, bundleHash)));
      const before = new Map(settlement.accounts.map((account) => [account.account, account.cumulative]));
      const firstEpoch = settlement.root.lastEpoch + 1n;
      settlement = settleEpochs(settlementInputs({ ...size, seed: n, accounts: 20, firstEpoch }, previous));
      const after = new Map(settlement.accounts.map((account) => [account.account, account.cumulative]));
      for (const [account, cumulative] of before) expect(after.get(account)! >= cumulative).toBe(true);
      expect(settlement.root).toMatchObject({ previousRoot: previous.rootHash, accounts: settlement.accounts.length });
      expect([...after.values()].reduce((a, b) => a + b)).toBe(settlement.root.payoutsTotal);
    }
  });

  it("says that it split by examples where the certificate is below the floor", () => {
    const { pools } = settleEpochs({
      ...inputs,
      versions: inputs.versions.map((version) => ({ ...version, splitsByExamples: true })),
    });
    expect(pools.every((pool) => pool.leaf.fallbackSplit)).toBe(true);
    expect(settleEpochs(inputs).pools.some((pool) => pool.leaf.fallbackSplit)).toBe(false);
  });

  it("is the same however often it is computed", () => {
    expect(settleEpochs(inputs).root).toEqual(settleEpochs(settlementInputs(size)).root);
  });
});

describe("ledger", () => {
  it("does not depend on the order of earnings", () => {
    const earning = fc.record({
      account: fc.integer({ min: 0, max: 5 }).map(accountOf),
      modelId: fc.bigInt({ min: 1n, max: 3n }),
      contributionId: fc.bigInt({ min: 1n, max: 4n }),
      amount: fc.bigInt({ min: 1n, max: 10n ** 24n }),
    });
    fc.assert(
      fc.property(fc.array(earning, { maxLength: 40 }), fc.array(earning, { maxLength: 40 }), (before, earnings) => {
        const previous = addEarnings([], before);
        const settled = addEarnings(previous, earnings);
        expect(addEarnings(previous, earnings.toReversed())).toEqual(settled);
        const total = (list: typeof earnings) => list.reduce((sum, item) => sum + item.amount, 0n);
        expect(settled.reduce((sum, account) => sum + account.earned, 0n)).toBe(total(earnings));
        expect(settled.reduce((sum, account) => sum + account.cumulative, 0n)).toBe(total([...before, ...earnings]));
      }),
    );
  });

  it("orders accounts by address", () => {
    const earn = (account: string) => ({ account: asAddress(account), modelId: 1n, contributionId: 1n, amount: 1n });
    const high = `0xff${"00".repeat(19)}`;
    const low = `0x0a${"00".repeat(19)}`;
    expect(addEarnings([], [earn(high), earn(low)]).map((account) => account.account)).toEqual([low, high]);
  });
});
