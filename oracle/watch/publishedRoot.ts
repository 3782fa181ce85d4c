import type { ScoreRoot } from "@openledger/protocol/eip712/scoreRoot.ts";
import type { Address } from "@openledger/protocol/hex.ts";
import { buildUncheckedPayoutsTree, packPayouts, type PayoutsTree } from "@openledger/protocol/trees/payoutsTree.ts";
import type { SettlementClaims } from "../settlement/compare.ts";
import type { AccountEntries } from "../settlement/inputs.ts";
import { sumProof } from "./calls.ts";
import { rawEntriesTree, rawModelsTree, rawScoresTree, type RawTree } from "./rawTrees.ts";

/** What the operators published behind a root: every leaf, the functionals, and the trees over them. */
export interface PublishedRoot {
  /** As posted. */
  readonly root: ScoreRoot;
  readonly claims: SettlementClaims;
  /** F of each pool, in the order of the claims' pools. */
  readonly functionals: readonly Int16Array[];
  readonly models: RawTree;
  /** In the order of the claims' pools. */
  readonly scores: readonly RawTree[];
  readonly ledger: AccountTrees;
}

/** The part of a bundle that evidence is made of. @throws for files of which no tree can be built */
export function publishedRoot(
  root: ScoreRoot,
  claims: SettlementClaims,
  functionals: readonly Int16Array[],
): PublishedRoot {
  return {
    root,
    claims,
    functionals,
    models: rawModelsTree(claims.pools.map(({ leaf }) => leaf)),
    scores: claims.pools.map(({ scores }) => rawScoresTree(scores)),
    ledger: accountTrees(claims.accounts),
  };
}

/** Trees over accounts and their entries. */
export interface AccountTrees {
  readonly accounts: readonly AccountEntries[];
  readonly entries: readonly RawTree[];
  readonly payouts: PayoutsTree;
}

/**
 * @param accounts in any order.
 * @throws OutOfRangeError for no accounts, and for numbers that the leaves' types do not hold.
 */
export function accountTrees(accounts: readonly AccountEntries[]): AccountTrees {
  const entries = accounts.map((account) => rawEntriesTree(account.entries));
  const leaves = accounts.map(({ account }, a) => ({
    account,
    cumulative: entries[a]!.total,
    entriesRoot: entries[a]!.root,
  }));
  return { accounts, entries, payouts: buildUncheckedPayoutsTree(packPayouts(leaves)) };
}

/** `EntryEvidence` of an account's entry; undefined when there is none. */
export function entryEvidence(
  { accounts, entries, payouts }: AccountTrees,
  account: Address,
  of: { readonly modelId: bigint; readonly contributionId: bigint },
) {
  const a = accounts.findIndex((other) => other.account === account);
  const i = (accounts[a]?.entries ?? []).findIndex(
    ({ modelId, contributionId }) => modelId === of.modelId && contributionId === of.contributionId,
  );
  if (i < 0) return undefined;
  return {
    account: { payout: payouts.payout(a), index: a, proof: payouts.proof(a) },
    entry: accounts[a]!.entries[i]!,
    proof: sumProof(entries[a]!, i),
  };
}

/** Pool `p` of a published root, as a leaf of its models tree. */
export function settlementEvidence({ claims: { pools }, models }: PublishedRoot, p: number) {
  return { settlement: pools[p]!.leaf, proof: sumProof(models, p) };
}
