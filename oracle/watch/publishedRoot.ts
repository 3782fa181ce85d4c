import type { ScoreRoot } from "@openledger/protocol/eip712/scoreRoot.ts";
import { OrderError } from "@openledger/protocol/errors.ts";
import { asHash, type Address, type Hash } from "@openledger/protocol/hex.ts";
import { buildPayoutsTree, packPayouts, type Payout } from "@openledger/protocol/trees/payoutsTree.ts";
import { AbiCoder, concat, keccak256 } from "ethers";
import type { SettlementClaims } from "../settlement/compare.ts";
import type { AccountEntries } from "../settlement/inputs.ts";
import { sumProof } from "./calls.ts";
import { placesAround } from "./indexEvidence.ts";
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
  readonly payouts: ProvenPayouts;
}

/** The payouts tree, as far as evidence needs it. */
export interface ProvenPayouts {
  readonly root: Hash;
  payout(index: number): Payout;
  proof(index: number): Hash[];
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
  return { accounts, entries, payouts: payoutsOf(leaves) };
}

function payoutsOf(leaves: readonly Payout[]): ProvenPayouts {
  try {
    return buildPayoutsTree(packPayouts(leaves));
  } catch (error) {
    if (!(error instanceof OrderError)) throw error;
    return disorderedPayouts(leaves);
  }
}

/** The tree of OpenZeppelin's format over leaves that do not ascend; its pairs are hashed in sorted order all the same. */
function disorderedPayouts(leaves: readonly Payout[]): ProvenPayouts {
  const coder = AbiCoder.defaultAbiCoder();
  const size = leaves.length;
  const nodes: string[] = Array.from({ length: 2 * size }, () => "");
  for (const [i, { account, cumulative, entriesRoot }] of leaves.entries()) {
    const encoded = coder.encode(["address", "uint256", "bytes32"], [account, cumulative, entriesRoot]);
    nodes[2 * size - 1 - i] = keccak256(keccak256(encoded));
  }
  for (let heap = size - 1; heap > 0; heap--) {
    nodes[heap] = keccak256(concat([nodes[2 * heap]!, nodes[2 * heap + 1]!].sort()));
  }
  return {
    root: asHash(nodes[1]!),
    payout: (i) => leaves[i]!,
    proof: (i) => {
      const path: Hash[] = [];
      for (let heap = 2 * size - 1 - i; heap > 1; heap >>>= 1) path.push(asHash(nodes[heap ^ 1]!));
      return path;
    },
  };
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
export function poolEvidence({ claims: { pools }, models, scores }: PublishedRoot) {
  const settlement = (p: number) => ({ settlement: pools[p]!.leaf, proof: sumProof(models, p) });
  const score = (p: number, i: number) => ({
    leaf: { i, ...pools[p]!.scores[i]! },
    proof: sumProof(scores[p]!, i),
  });
  /** What pool `p` paid for a contribution, or the neighbours that show that it has no score. */
  const epoch = (p: number, contributionId: bigint) => ({
    settlement: settlement(p),
    scores: placesAround(pools[p]!.scores, contributionId).map((i) => score(p, i)),
  });
  return { settlement, score, epoch };
}
