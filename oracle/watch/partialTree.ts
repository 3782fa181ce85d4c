import { ZERO_HASH } from "@openledger/protocol/hex.ts";
import { parentOf, type SumNode, type SumTree } from "@openledger/protocol/trees/sumTree.ts";

/** A leaf that was shown with its proof. The chain has checked the proof. */
export interface ShownLeaf {
  readonly leaf: SumNode;
  readonly proof: { readonly size: number; readonly index: number; readonly siblings: readonly SumNode[] };
}

/** What proofs of some leaves tell about a sum tree, compared with the tree that it should be. */
export interface PartialTree {
  /** Number of leaves that the tree states. */
  readonly size: number;
  /** Its top node, which states the total. */
  readonly top: SumNode;
  /**
   * Leaves to be shown next: the first of every part that is not what it should be and of which nothing was shown, from the
   * left. Every one of them shows at least one more level of its part.
   */
  readonly next: readonly number[];
  /** The siblings of a leaf, from the leaf upwards: as shown, or else as they should be. */
  siblings(index: number): SumNode[];
  /** A way down to a node whose children are known, because it has the right hash, and do not add up to its sum. */
  readonly broken: Descent | undefined;
}

interface Descent {
  readonly size: number;
  readonly top: SumNode;
  readonly index: number;
  readonly pairs: readonly { readonly left: SumNode; readonly right: SumNode }[];
}

/**
 * @param shown at least one leaf.
 * @param expected the tree that it should be.
 */
export function createPartialTree(shown: readonly ShownLeaf[], expected: SumTree): PartialTree {
  const nodes = new Map<string, SumNode>();
  const at = (level: number, index: number) => nodes.get(`${level}/${index}`);
  const leaves = new Set<number>();
  for (const { leaf, proof } of shown) {
    leaves.add(proof.index);
    let node = leaf;
    nodes.set(`0/${proof.index}`, node);
    for (const [level, sibling] of proof.siblings.entries()) {
      const index = proof.index >>> level;
      nodes.set(`${level}/${siblingOf(index)}`, sibling);
      node = index & 1 ? parentOf(sibling, node) : parentOf(node, sibling);
      nodes.set(`${level + 1}/${index >>> 1}`, node);
    }
  }
  const [first] = shown;
  const size = first!.proof.size;
  const depth = first!.proof.siblings.length;
  const top = at(depth, 0)!;
  const next: number[] = [];
  let broken: Descent | undefined;
  const tops = topsOf(expected, depth);
  visit(depth, 0);
  return { size, top, next, broken, siblings };

  /** A node of the expected tree, continued to their depth: to the right of its leaves everything is empty. */
  function expectedNode(level: number, index: number): SumNode {
    if (level < expected.depth) return expected.node(level, index);
    return index === 0 ? tops[level - expected.depth]! : EMPTY;
  }

  function siblings(index: number): SumNode[] {
    return Array.from({ length: depth }, (_, level) => {
      const sibling = siblingOf(index >>> level);
      return at(level, sibling) ?? expectedNode(level, sibling);
    });
  }

  function visit(level: number, index: number): void {
    const theirs = at(level, index);
    const ours = expectedNode(level, index);
    if (index * 2 ** level >= size || (theirs?.hash === ours.hash && theirs.sum === ours.sum)) return;
    if (theirs?.hash === ours.hash) {
      broken ??= descentTo(level, index);
      return;
    }
    const children = level > 0 && (at(level - 1, 2 * index) ?? at(level - 1, 2 * index + 1)) !== undefined;
    if (children) {
      visit(level - 1, 2 * index);
      visit(level - 1, 2 * index + 1);
    } else if (!leaves.has(index * 2 ** level)) next.push(index * 2 ** level);
  }

  /** Down to a node, and one level further if it is no leaf. */
  function descentTo(level: number, index: number): Descent {
    const pairs = [];
    for (let below = depth - 1; below >= level; below--) {
      const left = 2 * (index >>> (below - level + 1));
      pairs.push({ left: at(below, left)!, right: at(below, left + 1)! });
    }
    if (level > 0) {
      pairs.push({ left: expectedNode(level - 1, 2 * index), right: expectedNode(level - 1, 2 * index + 1) });
    }
    return { size, top, index: index * 2 ** level, pairs };
  }
}

/** The other child of a node's parent. Places reach 2^32, where bit operations count differently. */
export function siblingOf(index: number): number {
  return index % 2 === 0 ? index + 1 : index - 1;
}

const EMPTY: SumNode = { hash: ZERO_HASH, sum: 0n };

/** The top of a tree, and what stands above it in trees up to `depth`. */
function topsOf(tree: SumTree, depth: number): SumNode[] {
  const tops = [tree.node(tree.depth, 0)];
  for (let level = tree.depth; level < depth; level++) tops.push(parentOf(tops.at(-1), EMPTY));
  return tops;
}
