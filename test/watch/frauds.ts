import { asAddress, type Address } from "@openledger/protocol/hex.ts";
import { keccakText } from "@openledger/protocol/keccak.ts";
import type { Entry } from "@openledger/protocol/trees/entriesTree.ts";
import { CERTIFICATE_FLOOR } from "../attribution/deployDisputes.ts";
import type { BuiltRoot, Cheat } from "../attribution/builtRoot.ts";

/** What all operators together lie about, and what an honest machine makes of it. */
export interface RootFraud {
  readonly name: string;
  readonly cheat: (honest: BuiltRoot) => Cheat;
  /** First call when the operators publish what they signed. */
  readonly published: string;
  /** Last call when they hide their files and answer the demands that they can answer. */
  readonly answered: string;
}

export interface IndexFraud {
  readonly name: string;
  readonly cheat: Cheat;
  readonly published: string;
  readonly answered: string;
}

type ChangeEntries = (accounts: Map<Address, Entry[]>) => void;

const entryFraud = (name: string, entries: ChangeEntries, published: string, answered = published): RootFraud => ({
  name,
  cheat: () => ({ entries }),
  published,
  answered,
});

const changeFirst =
  (change: (entry: Entry) => Entry): ChangeEntries =>
  (accounts) => {
    const [entries] = [...accounts.values()];
    entries![0] = change(entries![0]!);
  };

const more = (change: Partial<Record<"earned" | "cumulative", bigint>>) =>
  changeFirst((entry) => ({
    ...entry,
    earned: entry.earned + (change.earned ?? 0n),
    cumulative: entry.cumulative + (change.cumulative ?? 0n),
  }));

/** The pool that is split by examples, and a row of it that does not accrue. */
function revokedRow({ settlements }: BuiltRoot): { s: number; i: number; examples: bigint } {
  const s = settlements.findIndex(
    ({ index, rows }) => index.certificateBps < Number(CERTIFICATE_FLOOR) && rows.some(({ weight }) => weight === 0n),
  );
  const i = settlements[s]!.rows.findIndex(({ weight }) => weight === 0n);
  return { s, i, examples: BigInt(settlements[s]!.index.rows[i]!.examples) };
}

export const ROOT_FRAUDS: readonly RootFraud[] = [
  {
    name: "one score",
    cheat: () => ({ rows: (rows) => (rows[0] = { ...rows[0]!, score: rows[0]!.score + 1n }) }),
    published: "disputeScore",
    answered: "disputeScore",
  },
  {
    name: "the last score of the last pool",
    cheat: ({ settlements }) => ({
      rows: (rows, s) => {
        const last = rows.length - 1;
        if (s === settlements.length - 1) rows[last] = { ...rows[last]!, score: rows[last]!.score - 7n };
      },
    }),
    published: "disputeScore",
    answered: "disputeScore",
  },
  {
    name: "one weight",
    cheat: () => ({ rows: (rows) => (rows[0] = { ...rows[0]!, weight: rows[0]!.weight + 1n }) }),
    published: "disputeWeight",
    answered: "disputeWeight",
  },
  {
    name: "the score of another contribution",
    cheat: () => ({ rows: (rows) => (rows[1] = { ...rows[1]!, contributionId: rows[0]!.contributionId }) }),
    published: "disputeWeight",
    answered: "disputeWeight",
  },
  {
    name: "the order of the scores",
    cheat: () => ({ rows: (rows) => void rows.reverse() }),
    published: "disputeWeight",
    answered: "disputeWeight",
  },
  {
    name: "a pool of another size",
    cheat: () => ({ settlements: (all) => (all[0] = { ...all[0]!, pool: all[0]!.pool - 1n }) }),
    published: "disputeSettlement",
    answered: "disputeSettlement",
  },
  {
    name: "receipts that nobody committed",
    cheat: () => ({ settlements: (all) => (all[0] = { ...all[0]!, receiptCount: all[0]!.receiptCount + 1 }) }),
    published: "disputeSettlement",
    answered: "disputeSettlement",
  },
  {
    name: "a functional that no receipt can explain",
    cheat: ({ settlements }) => ({
      settlements: (all) => {
        const s = all.findIndex(({ receiptCount }) => receiptCount === 0);
        const other = settlements.find(({ settlement }) => settlement.queryHash !== all[s]!.queryHash);
        all[s] = { ...all[s]!, queryHash: other!.settlement.queryHash };
      },
    }),
    published: "disputeDirection",
    answered: "disputeDirection",
  },
  {
    name: "a total weight that is not the scores'",
    cheat: () => ({ settlements: (all) => (all[0] = { ...all[0]!, totalWeight: all[0]!.totalWeight + 1n }) }),
    published: "disputeScoresTree",
    answered: "disputeScoresTree",
  },
  {
    name: "a sum in the scores tree",
    cheat: () => ({
      scoresForgeries: (leaves) => [{ level: 0, index: 1, node: { ...leaves[1]!, sum: leaves[1]!.sum + 5n } }],
    }),
    published: "demandScore",
    answered: "disputeScoresTree",
  },
  {
    name: "a sum in the models tree",
    cheat: () => ({
      modelsForgeries: (leaves) => [{ level: 0, index: 1, node: { ...leaves[1]!, sum: leaves[1]!.sum + 5n } }],
    }),
    published: "demandFunctional",
    answered: "disputeModelsTree",
  },
  {
    name: "the order of the settlements",
    cheat: () => ({ settlements: (all) => void all.reverse() }),
    published: "disputeModelsOrder",
    answered: "disputeModelsOrder",
  },
  {
    name: "a split by examples although the certificate is good",
    cheat: () => ({ fallback: () => true }),
    published: "disputeWeight",
    answered: "disputeWeight",
  },
  {
    name: "a split by scores although the certificate is not",
    cheat: () => ({ fallback: () => false }),
    published: "disputeSettlement",
    answered: "disputeSettlement",
  },
  {
    name: "examples of a revoked contribution, as if all were revoked",
    cheat: (honest) => {
      const { s, i, examples } = revokedRow(honest);
      return { rows: (rows, at) => void (at === s && (rows[i] = { ...rows[i]!, weight: examples })) };
    },
    published: "disputeFallback",
    answered: "disputeFallback",
  },
  entryFraud("an entry that earned more", more({ earned: 1n, cumulative: 1n }), "disputeEarned"),
  entryFraud("an entry that carries over more", more({ cumulative: 1n }), "disputeCarried"),
  entryFraud(
    "an entry that earned more than it has",
    changeFirst((entry) => ({ ...entry, earned: entry.cumulative + 1n })),
    "disputeCarried",
  ),
  entryFraud(
    "the order of entries",
    (accounts) => {
      for (const entries of accounts.values()) entries.reverse();
    },
    "disputeEntriesOrder",
  ),
  entryFraud(
    "an entry left out",
    (accounts) => void [...accounts.values()].find((entries) => entries.length > 1)!.shift(),
    "demandCarriedEntry",
    "defaultDemand",
  ),
  entryFraud(
    "an account left out",
    (accounts) => void accounts.delete([...accounts.keys()][0]!),
    "demandCarriedEntry",
    "defaultDemand",
  ),
  entryFraud(
    "an entry that carries over what nobody had",
    (accounts) =>
      void [...accounts.values()][0]!.push({ modelId: 2n, contributionId: 9_999n, cumulative: 10n ** 18n, earned: 0n }),
    "demandPredecessor",
    "defaultDemand",
  ),
  {
    name: "a sum in an entries tree",
    cheat: (honest) => {
      const many = honest.accounts.find(({ entries }) => entries.length > 1)!.account;
      return {
        entriesForgeries: (leaves, account) =>
          account === many ? [{ level: 0, index: 1, node: { ...leaves[1]!, sum: leaves[1]!.sum + 9n } }] : [],
      };
    },
    published: "demandPayouts",
    answered: "disputeEntriesTree",
  },
  {
    name: "an account that has more than its entries",
    cheat: () => ({ payouts: (all) => (all[0] = { ...all[0]!, cumulative: all[0]!.cumulative + 1n }) }),
    published: "demandPayouts",
    answered: "disputeEntriesTree",
  },
  {
    name: "an account that is in no file",
    cheat: () => ({
      payouts: (all) =>
        void all.push({
          account: asAddress(`0x${"77".repeat(20)}`),
          cumulative: 10n ** 24n,
          entriesRoot: keccakText("nothing"),
        }),
    }),
    published: "demandPayouts",
    answered: "defaultDemand",
  },
  {
    name: "the order of the accounts",
    cheat: () => ({ leaves: (all) => void all.push(all.shift()!) }),
    published: "demandPayouts",
    answered: "disputeAccountsOrder",
  },
  {
    name: "an account twice",
    cheat: () => ({ leaves: (all) => void all.splice(1, 0, all[0]!) }),
    published: "demandPayouts",
    answered: "disputeAccountsOrder",
  },
  {
    name: "more accounts than there are",
    cheat: () => ({ size: (accounts) => accounts + 1 }),
    published: "disputePayoutsNode",
    answered: "disputePayoutsNode",
  },
  {
    name: "an account behind the last one",
    cheat: () => ({
      leaves: (all) =>
        void all.push({ account: asAddress(`0x${"ff".repeat(20)}`), cumulative: 1n, entriesRoot: keccakText("none") }),
      size: (accounts) => accounts - 1,
    }),
    published: "demandPayouts",
    answered: "defaultDemand",
  },
  entryFraud(
    "an entry that is worth nothing",
    (accounts) =>
      void [...accounts.values()][0]!.push({ modelId: 2n, contributionId: 9_999n, cumulative: 0n, earned: 0n }),
    "disputeWorthlessEntry",
  ),
  {
    name: "accounts that are worth nothing",
    cheat: () => ({
      entries: (accounts) => {
        for (let n = 0; n < 200; n++) {
          const account = asAddress(keccakText(`junk ${n}`).slice(0, 42));
          accounts.set(account, [{ modelId: 1n, contributionId: 10n ** 9n, cumulative: 0n, earned: 0n }]);
        }
      },
    }),
    published: "disputeWorthlessAccount",
    answered: "disputeWorthlessAccount",
  },
];

export const INDEX_FRAUDS: readonly IndexFraud[] = [
  { name: "a contribution left out", cheat: { omit: true }, published: "disputeOmission", answered: "disputeOmission" },
  {
    name: "the examples of one row",
    cheat: { quality: (rows) => (rows[0] = { ...rows[0]!, examples: rows[0]!.examples + 1 }) },
    published: "disputeIndexRow",
    answered: "disputeIndexRow",
  },
  {
    name: "a row for a contribution of nobody",
    cheat: { quality: (rows) => (rows[rows.length - 1] = { ...rows.at(-1), contributionId: 9_999n }) },
    published: "disputeIndexRow",
    answered: "disputeIndexRow",
  },
  {
    name: "a row without scale",
    cheat: { quality: (rows) => (rows[1] = { ...rows[1]!, scale: 0, quality: 0n }) },
    published: "disputeIndexRow",
    answered: "disputeIndexRow",
  },
  {
    name: "the quality of one row",
    cheat: { quality: (rows) => (rows[0] = { ...rows[0]!, quality: rows[0]!.quality + 1n }) },
    published: "disputeQuality",
    answered: "disputeQuality",
  },
  {
    name: "the quality of the last row",
    cheat: { quality: (rows) => (rows[rows.length - 1] = { ...rows.at(-1), quality: rows.at(-1).quality + 1n }) },
    published: "disputeQuality",
    answered: "disputeQuality",
  },
  {
    name: "the order of the rows",
    cheat: { reverse: true },
    published: "disputeIndexOrder",
    answered: "disputeOmission",
  },
  {
    name: "a sum in the index tree",
    cheat: {
      indexForgeries: (leaves) => [{ level: 0, index: 1, node: { ...leaves[1]!, sum: leaves[1]!.sum + 5n } }],
    },
    published: "demandIndexRow",
    answered: "disputeIndexTree",
  },
  {
    name: "the number of rows",
    cheat: { indexSize: (size) => size + 1 },
    published: "demandIndexRow",
    answered: "defaultDemand",
  },
];
