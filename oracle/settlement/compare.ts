import type { Address } from "@openledger/protocol/hex.ts";
import { compareEntries, type Entry } from "@openledger/protocol/trees/entriesTree.ts";
import type { ModelSettlement } from "@openledger/protocol/trees/modelsTree.ts";
import type { ScoreRow } from "@openledger/protocol/trees/scoresTree.ts";
import type { AccountEntries } from "./inputs.ts";
import type { UnbundledRoot } from "./settle.ts";

/** One pool, as somebody says it was divided. */
export interface PoolClaim {
  readonly leaf: ModelSettlement;
  readonly scores: readonly ScoreRow[];
}

/** What somebody says a settlement is: the leaves of every tree, and the root. A `Settlement` is one. */
export interface SettlementClaims {
  readonly root: UnbundledRoot;
  readonly pools: readonly PoolClaim[];
  readonly accounts: readonly AccountEntries[];
}

/** The proof of docs/protocol.md §7 that a difference leads to; undefined where nothing on the chain decides it. */
export type Remedy = "wrong score" | "wrong sum" | "wrong order" | "wrong entry" | "wrong pool" | "demand" | undefined;

/** Which leaf; only what applies is there. */
export interface Place {
  readonly modelId?: bigint;
  readonly epoch?: bigint;
  readonly index?: number;
  readonly contributionId?: bigint;
  readonly account?: Address;
}

/** The first place where two settlements part. */
export interface Difference {
  readonly tree: "root" | "models" | "scores" | "entries";
  readonly place: Place;
  readonly field: string;
  readonly ours: string;
  readonly theirs: string;
  readonly remedy: Remedy;
}

/** Where a leaf is missing. */
const ABSENT = "absent";

/**
 * The first difference between two settlements, in the order in which money flows: epochs, pools, scores, entries, roots.
 * Undefined when all leaves and all roots are the same. Equal leaves with another root mean that leaves are being hidden.
 */
export function compareSettlements(ours: SettlementClaims, theirs: SettlementClaims): Difference | undefined {
  return (
    compareFields("root", {}, ours.root, theirs.root, {
      firstEpoch: undefined,
      lastEpoch: undefined,
      previousRoot: undefined,
    }) ??
    firstOf(align(ours.pools, theirs.pools, comparePlaces), ([mine, their]) => comparePools(mine, their)) ??
    firstOf(align(ours.accounts, theirs.accounts, compareAccounts), ([mine, their]) => compareLedgers(mine, their)) ??
    compareFields("root", {}, ours.root, theirs.root, {
      modelsRoot: "demand",
      payoutsRoot: "demand",
      payoutsTotal: undefined,
    })
  );
}

function comparePools(mine: PoolClaim | undefined, their: PoolClaim | undefined): Difference | undefined {
  const { modelId, epoch } = (mine ?? their)!.leaf;
  const place = { modelId, epoch };
  if (!mine || !their) {
    // A pool too many states a pool that the chain does not have; a pool too few makes the total too small.
    const remedy = mine ? "wrong sum" : "wrong pool";
    return difference("models", place, "pool", mine?.leaf.pool, their?.leaf.pool, remedy);
  }
  return (
    compareFields("models", place, mine.leaf, their.leaf, {
      pool: "wrong pool",
      versionId: "wrong pool",
      indexRoot: "wrong pool",
      receiptsRoot: "wrong pool",
      receiptCount: "wrong pool",
      fallbackSplit: "wrong pool",
      queryHash: undefined,
    }) ??
    firstOf(zip(mine.scores, their.scores), ([ours, theirs], index) =>
      compareScores({ ...place, index }, ours, theirs),
    ) ??
    compareFields("models", place, mine.leaf, their.leaf, { totalWeight: "wrong sum", scoresRoot: "demand" })
  );
}

function compareScores(at: Place, mine: ScoreRow | undefined, their: ScoreRow | undefined): Difference | undefined {
  const place = { ...at, contributionId: (mine ?? their)!.contributionId };
  if (!mine || !their) {
    const remedy = mine ? "demand" : "wrong order";
    return difference("scores", place, "contributionId", mine?.contributionId, their?.contributionId, remedy);
  }
  return compareFields("scores", place, mine, their, {
    contributionId: "wrong order",
    score: "wrong score",
    weight: "wrong score",
  });
}

function compareLedgers(mine?: AccountEntries, their?: AccountEntries): Difference | undefined {
  const { account } = (mine ?? their)!;
  const entries = align(mine?.entries ?? [], their?.entries ?? [], compareEntries);
  return firstOf(entries, ([ours, theirs]) => compareEntry(account, ours, theirs));
}

function compareEntry(account: Address, mine: Entry | undefined, their: Entry | undefined): Difference | undefined {
  const { modelId, contributionId } = (mine ?? their)!;
  const place = { account, modelId, contributionId };
  if (!mine || !their) {
    const remedy = mine ? "demand" : "wrong entry";
    return difference("entries", place, "cumulative", mine?.cumulative, their?.cumulative, remedy);
  }
  return compareFields("entries", place, mine, their, { earned: "wrong entry", cumulative: "wrong entry" });
}

/** Compares the fields that `remedies` names, in its order. */
function compareFields<F extends string>(
  tree: Difference["tree"],
  place: Place,
  mine: Readonly<Record<NoInfer<F>, Value>>,
  their: Readonly<Record<NoInfer<F>, Value>>,
  remedies: Readonly<Record<F, Remedy>>,
): Difference | undefined {
  for (const field of Object.keys(remedies) as F[]) {
    if (mine[field] !== their[field]) return difference(tree, place, field, mine[field], their[field], remedies[field]);
  }
  return undefined;
}

function difference(
  tree: Difference["tree"],
  place: Place,
  field: string,
  mine: Value | undefined,
  their: Value | undefined,
  remedy: Remedy,
): Difference {
  return { tree, place, field, ours: String(mine ?? ABSENT), theirs: String(their ?? ABSENT), remedy };
}

type Value = bigint | number | string | boolean;

function comparePlaces(a: PoolClaim, b: PoolClaim): number {
  if (a.leaf.modelId !== b.leaf.modelId) return a.leaf.modelId < b.leaf.modelId ? -1 : 1;
  if (a.leaf.epoch !== b.leaf.epoch) return a.leaf.epoch < b.leaf.epoch ? -1 : 1;
  return 0;
}

function compareAccounts(a: AccountEntries, b: AccountEntries): number {
  return a.account === b.account ? 0 : a.account < b.account ? -1 : 1;
}

type Pair<T> = readonly [T | undefined, T | undefined];

/** Pairs the items of two ascending lists that have the same key, and every other item with nothing. */
function* align<T>(mine: readonly T[], theirs: readonly T[], compare: (a: T, b: T) => number): Generator<Pair<T>> {
  let i = 0;
  let j = 0;
  while (i < mine.length || j < theirs.length) {
    const order = i === mine.length ? 1 : j === theirs.length ? -1 : compare(mine[i]!, theirs[j]!);
    yield [order <= 0 ? mine[i++] : undefined, order >= 0 ? theirs[j++] : undefined];
  }
}

/** Pairs items by their place. */
function* zip<T>(mine: readonly T[], theirs: readonly T[]): Generator<Pair<T>> {
  for (let i = 0; i < Math.max(mine.length, theirs.length); i++) yield [mine[i], theirs[i]];
}

function firstOf<P>(
  pairs: Iterable<P>,
  compare: (pair: P, index: number) => Difference | undefined,
): Difference | undefined {
  let index = 0;
  for (const pair of pairs) {
    const found = compare(pair, index++);
    if (found) return found;
  }
  return undefined;
}
