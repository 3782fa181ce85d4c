import { asHash, type Hash } from "@openledger/protocol/hex.ts";
import type { Payout, PayoutsTree } from "@openledger/protocol/trees/payoutsTree.ts";
import { AbiCoder, concat, keccak256 } from "ethers";
import type { AccountEvidence, Shown } from "./shown.ts";

/** A node of a payouts tree that is to be shown. */
export interface HiddenNode {
  readonly node: Hash;
  /** Siblings from the node upwards. */
  readonly path: readonly Hash[];
}

/** What answers have shown of a payouts tree. */
export interface Search {
  /** Accounts that are not in the honest tree with this amount and these entries. */
  readonly strangers: readonly AccountEvidence[];
  /** Accounts as in the honest tree, at the places at which they were seen. */
  readonly known: readonly AccountEvidence[];
  /** What is neither known nor shown yet, the deepest first. */
  readonly next: readonly HiddenNode[];
}

/**
 * Goes down from the root through everything that answers have shown, and stops at nodes that the honest tree has too.
 *
 * @param honest the tree that it should be.
 */
export function searchPayouts(payoutsRoot: Hash, honest: PayoutsTree, answers: Shown["answerPayoutsNode"]): Search {
  const inner = new Set<Hash>();
  const leaves = new Map<Hash, number>();
  for (let heap = 1; heap < honest.size; heap++) inner.add(honest.node(heap));
  for (let i = 0; i < honest.size; i++) leaves.set(honest.node(2 * honest.size - 1 - i), i);
  const shown = new Map(answers.map((answer) => [`${topOf(answer.nodes)}/${answer.depth}`, answer]));
  const strangers: AccountEvidence[] = [];
  const known: AccountEvidence[] = [];
  const next: HiddenNode[] = [];
  visit(payoutsRoot, []);
  return { strangers, known, next: next.sort((a, b) => b.path.length - a.path.length) };

  function visit(node: Hash, path: readonly Hash[]): void {
    const place = leaves.get(node);
    if (place !== undefined) known.push({ payout: honest.payout(place), proof: [...path] });
    if (place !== undefined || inner.has(node)) return;
    const answer = shown.get(`${node}/${path.length}`);
    if (answer === undefined) {
      next.push({ node, path });
      return;
    }
    const leafHash = hashOf(answer.leaf);
    for (const [i, below] of answer.nodes.entries()) {
      const whole = [...siblingsIn(answer.nodes, i), ...path];
      if (below === leafHash && !leaves.has(below)) strangers.push({ payout: answer.leaf, proof: whole });
      else if (answer.nodes.length > 1) visit(below, whole);
    }
  }
}

/** The siblings of node `i` inside a perfect subtree, from the bottom upwards. */
function siblingsIn(bottom: readonly Hash[], i: number): Hash[] {
  const siblings: Hash[] = [];
  let level = bottom;
  for (let at = i; level.length > 1; at >>>= 1) {
    siblings.push(level[at ^ 1]!);
    level = parentsOf(level);
  }
  return siblings;
}

function topOf(bottom: readonly Hash[]): Hash {
  let level = bottom;
  while (level.length > 1) level = parentsOf(level);
  return level[0]!;
}

function parentsOf(level: readonly Hash[]): Hash[] {
  return Array.from({ length: level.length / 2 }, (_, i) =>
    asHash(keccak256(concat([level[2 * i]!, level[2 * i + 1]!].sort()))),
  );
}

/** Leaf of the payouts tree, as OpenZeppelin's StandardMerkleTree hashes it. */
function hashOf({ account, cumulative, entriesRoot }: Payout): Hash {
  const encoded = AbiCoder.defaultAbiCoder().encode(
    ["address", "uint256", "bytes32"],
    [account, cumulative, entriesRoot],
  );
  return asHash(keccak256(keccak256(encoded)));
}
