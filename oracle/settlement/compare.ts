import type { Address } from "@openledger/protocol/hex.ts";
import { compareEntries, type Entry } from "@openledger/protocol/trees/entriesTree.ts";
import type { ModelSettlement } from "@openledger/protocol/trees/modelsTree.ts";
import type { ScoreRow } from "@openledger/protocol/trees/scoresTree.ts";
import type { AccountEntries } from "./inputs.ts";
import { align, compareFields, difference, firstOf, zip, type Difference, type Place } from "./difference.ts";
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
      accounts: "demand",
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
      indexHash: "wrong pool",
      receiptsRoot: "wrong pool",
      receiptCount: "wrong pool",
      fallbackSplit: "wrong pool",
      // without receipts it follows from what the Datanets want
      queryHash: mine.leaf.receiptCount === 0 ? "wrong direction" : undefined,
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

function comparePlaces(a: PoolClaim, b: PoolClaim): number {
  if (a.leaf.modelId !== b.leaf.modelId) return a.leaf.modelId < b.leaf.modelId ? -1 : 1;
  if (a.leaf.epoch !== b.leaf.epoch) return a.leaf.epoch < b.leaf.epoch ? -1 : 1;
  return 0;
}

function compareAccounts(a: AccountEntries, b: AccountEntries): number {
  return a.account === b.account ? 0 : a.account < b.account ? -1 : 1;
}
