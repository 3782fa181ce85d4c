import type { ScoreRoot } from "@openledger/protocol/eip712/scoreRoot.ts";
import type { Address } from "@openledger/protocol/hex.ts";
import { buildEntriesTree } from "@openledger/protocol/trees/entriesTree.ts";
import { buildModelsTree } from "@openledger/protocol/trees/modelsTree.ts";
import { buildScoresTree } from "@openledger/protocol/trees/scoresTree.ts";
import type { PayoutsTree } from "@openledger/protocol/trees/payoutsTree.ts";
import type { SumTree } from "@openledger/protocol/trees/sumTree.ts";
import type { OpenedBundle } from "../settlement/bundle.ts";
import type { SettlementClaims } from "../settlement/compare.ts";
import type { AccountEntries } from "../settlement/inputs.ts";
import { payoutsTreeOf } from "../settlement/settle.ts";
import { sumProof } from "./calls.ts";
import { placesAround } from "./indexEvidence.ts";

/** What the operators published behind a root: every leaf, and the functionals. */
export interface PublishedRoot {
  /** As posted. */
  readonly root: ScoreRoot;
  readonly claims: SettlementClaims;
  /** F of each pool, in the order of the claims' pools. */
  readonly functionals: readonly Int16Array[];
}

/** The part of a bundle that evidence is made of. */
export function publishedRoot(root: ScoreRoot, { claims, inputs }: OpenedBundle): PublishedRoot {
  return { root, claims, functionals: inputs.pools.map(({ functional }) => functional) };
}

/** Trees over accounts and their entries. */
export interface AccountTrees {
  readonly accounts: readonly AccountEntries[];
  readonly entries: readonly SumTree[];
  readonly payouts: PayoutsTree;
}

/** @throws OrderError | OutOfRangeError for lists that no tree can be built of */
export function accountTrees(accounts: readonly AccountEntries[]): AccountTrees {
  const entries = accounts.map((account) => buildEntriesTree(account.entries));
  const payouts = payoutsTreeOf(
    accounts.map(({ account }, a) => ({
      account,
      cumulative: entries[a]!.total,
      entriesRoot: entries[a]!.root,
    })),
  );
  return { accounts, entries, payouts };
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
    account: { payout: payouts.payout(a), proof: payouts.proof(a) },
    entry: accounts[a]!.entries[i]!,
    proof: sumProof(entries[a]!, i),
  };
}

/** Evidence about the pools of a published root, from its models tree and scores trees. */
export function poolEvidence({ claims: { pools } }: PublishedRoot) {
  const models = buildModelsTree(pools.map(({ leaf }) => leaf));
  const scoreTrees = new Map<number, SumTree>();
  const scoresTree = (p: number): SumTree => {
    const tree = scoreTrees.get(p) ?? buildScoresTree(pools[p]!.scores);
    scoreTrees.set(p, tree);
    return tree;
  };
  const settlement = (p: number) => ({ settlement: pools[p]!.leaf, proof: sumProof(models, p) });
  const score = (p: number, i: number) => ({
    leaf: { i, ...pools[p]!.scores[i]! },
    proof: sumProof(scoresTree(p), i),
  });
  /** What pool `p` paid for a contribution, or the neighbours that show that it has no score. */
  const epoch = (p: number, contributionId: bigint) => ({
    settlement: settlement(p),
    scores: placesAround(pools[p]!.scores, contributionId).map((i) => score(p, i)),
  });
  return { models, scoresTree, settlement, score, epoch };
}
