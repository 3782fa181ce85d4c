import { ZERO_HASH, type Hash } from "@openledger/protocol/hex.ts";
import { payoutHash, payoutsParent, type Payout, type PayoutsTree } from "@openledger/protocol/trees/payoutsTree.ts";
import { depthOf } from "@openledger/protocol/trees/sumTree.ts";
import { siblingOf } from "./partialTree.ts";
import type { AccountEvidence, Shown } from "./shown.ts";

/** What a root commits to, of its payouts tree. */
export interface CommittedPayouts {
  readonly payoutsRoot: Hash;
  /** Number of leaves. */
  readonly accounts: number;
}

/** A node of a payouts tree, by the levels between the root and it and the nodes to its left. */
export interface NodePlace {
  readonly depth: number;
  readonly position: number;
}

/** A node that is empty although it stands for an account, or that is not although it stands for none. */
export interface MisplacedNode {
  readonly node: Hash;
  readonly position: number;
  readonly siblings: readonly Hash[];
}

/** Where a payouts tree first differs from the one that it should be, as far as answers have shown it. */
export type FirstDifference =
  | { readonly kind: "hidden"; readonly place: NodePlace }
  | { readonly kind: "misplaced"; readonly node: MisplacedNode }
  /** A leaf that is not the honest one; `before` is the honest leaf to its left. */
  | { readonly kind: "leaf"; readonly leaf: AccountEvidence; readonly before: AccountEvidence | undefined }
  /** All its leaves are right, and the honest tree goes on behind them. */
  | { readonly kind: "missing"; readonly payout: Payout }
  | undefined;

/** Levels of the payouts tree that one answer shows, as the contract fixes them. */
export const PAYOUTS_LEVELS = 5;

type Answers = Pick<Shown, "answerPayoutsNodes" | "answerPayouts">;

/**
 * Goes down to the first leaf that differs, through the nodes that answers have shown. Every answer shows five levels below
 * the first node that differs, so that seven lead to a leaf, however large either tree is.
 *
 * @param honest the tree that it should be.
 */
export function findFirstDifference(
  { payoutsRoot, accounts }: CommittedPayouts,
  honest: PayoutsTree,
  answers: Answers,
): FirstDifference {
  const depth = depthOf(accounts);
  const { nodes, leaves } = readNodes(depth, answers);
  nodes.set(keyOf(depth, 0), payoutsRoot);
  const tops = topsOf(honest);
  return descend(depth, 0) ?? behindTheLast();

  function descend(level: number, index: number): FirstDifference {
    const theirs = nodes.get(keyOf(level, index))!;
    if (theirs === honestNode(level, index)) return undefined;
    const taken = index * 2 ** level < accounts;
    if (taken === (theirs === ZERO_HASH)) return { kind: "misplaced", node: nodeAt(level, index) };
    // Up to here everything is as in the honest tree, which goes on where theirs ends.
    if (!taken) return { kind: "missing", payout: honest.payout(accounts) };
    // Up to here everything is as in the honest tree: empty behind its last leaf.
    if (index * 2 ** level > honest.size) return { kind: "misplaced", node: nodeAt(0, honest.size) };
    const payout = level === 0 ? leaves.get(index) : undefined;
    if (payout !== undefined) {
      const before = index === 0 ? undefined : evidenceOf(index - 1, honest.payout(index - 1));
      return { kind: "leaf", leaf: evidenceOf(index, payout), before };
    }
    const isKnown = level > 0 && nodes.has(keyOf(level - 1, 2 * index));
    if (!isKnown) return { kind: "hidden", place: { depth: depth - level, position: index } };
    return descend(level - 1, 2 * index) ?? descend(level - 1, 2 * index + 1);
  }

  /** Nothing differs; but the number of leaves may. */
  function behindTheLast(): FirstDifference {
    if (accounts === honest.size) return undefined;
    const end = Math.min(accounts, honest.size);
    if (end < 2 ** depth) return { kind: "misplaced", node: nodeAt(0, end) };
    return { kind: "missing", payout: honest.payout(end) };
  }

  /** A node of the honest tree, continued to any depth: to the right of its leaves everything is empty. */
  function honestNode(level: number, index: number): Hash {
    if (level >= honest.depth) return index === 0 ? tops[level - honest.depth]! : ZERO_HASH;
    return index < 2 ** (honest.depth - level) ? honest.node(level, index) : ZERO_HASH;
  }

  /** A node of their tree: as shown, or the honest one. Right for all that lies to the left of the difference, and beside it. */
  function nodeOf(level: number, index: number): Hash {
    return nodes.get(keyOf(level, index)) ?? honestNode(level, index);
  }

  function siblingsOf(level: number, index: number): Hash[] {
    return Array.from({ length: depth - level }, (_, i) => nodeOf(level + i, siblingOf(Math.floor(index / 2 ** i))));
  }

  function nodeAt(level: number, index: number): MisplacedNode {
    return { node: nodeOf(level, index), position: index, siblings: siblingsOf(level, index) };
  }

  function evidenceOf(index: number, payout: Payout): AccountEvidence {
    return { payout, index, proof: siblingsOf(0, index) };
  }
}

/** All nodes that answers have shown, and the leaves. The chain has checked that they lead to the root. */
function readNodes(depth: number, { answerPayoutsNodes, answerPayouts }: Answers) {
  const nodes = new Map<string, Hash>();
  const leaves = new Map<number, Payout>();
  for (const { position, nodes: shown, siblings } of answerPayoutsNodes) {
    const level = depth - siblings.length;
    addSubtree(shown, level - PAYOUTS_LEVELS, level, position);
    addPath(siblings, level, position);
  }
  for (const { position, payouts, siblings } of answerPayouts) {
    const level = depth - siblings.length;
    for (const [i, payout] of payouts.entries()) leaves.set(position * 2 ** level + i, payout);
    addSubtree(payouts.map(payoutHash), 0, level, position);
    addPath(siblings, level, position);
  }
  return { nodes, leaves };

  /** @param bottom nodes on level `from` below a node, from the left; what lies to their right is empty. */
  function addSubtree(bottom: readonly Hash[], from: number, level: number, position: number): void {
    let row = bottom;
    for (let at = from; at < level; at++) {
      const width = 2 ** (level - at);
      for (let i = 0; i < width; i++) nodes.set(keyOf(at, position * width + i), row[i] ?? ZERO_HASH);
      row = Array.from({ length: width / 2 }, (_, i) =>
        payoutsParent(row[2 * i] ?? ZERO_HASH, row[2 * i + 1] ?? ZERO_HASH),
      );
    }
    nodes.set(keyOf(level, position), row[0] ?? ZERO_HASH);
  }

  function addPath(siblings: readonly Hash[], level: number, position: number): void {
    for (const [i, sibling] of siblings.entries()) {
      const index = Math.floor(position / 2 ** i);
      const node = nodes.get(keyOf(level + i, index))!;
      nodes.set(keyOf(level + i, siblingOf(index)), sibling);
      const parent = index % 2 === 0 ? payoutsParent(node, sibling) : payoutsParent(sibling, node);
      nodes.set(keyOf(level + i + 1, Math.floor(index / 2)), parent);
    }
  }
}

/** The top of a tree, and what stands above it in deeper trees. */
function topsOf({ root, depth }: PayoutsTree): Hash[] {
  const tops = [root];
  for (let level = depth; level < 32; level++) tops.push(payoutsParent(tops.at(-1), ZERO_HASH));
  return tops;
}

function keyOf(level: number, index: number): string {
  return `${level}/${index}`;
}
