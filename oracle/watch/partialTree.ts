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
   * Leaves to be shown next: the first of every part that is not what it should be and of which nothing was shown.
   * Every one of them shows at least one more level of its part.
   */
  readonly next: readonly number[];
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
 * @param expected the tree that it should be, of the same size.
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
      nodes.set(`${level}/${index ^ 1}`, sibling);
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
  if (size === expected.size) visit(depth, 0);
  return { size, top, next, broken };

  function visit(level: number, index: number): void {
    const theirs = at(level, index);
    const ours = expected.node(level, index);
    if (index << level >= size || (theirs?.hash === ours.hash && theirs.sum === ours.sum)) return;
    if (theirs?.hash === ours.hash) {
      broken ??= descentTo(level, index);
      return;
    }
    const children = level > 0 && (at(level - 1, 2 * index) ?? at(level - 1, 2 * index + 1)) !== undefined;
    if (children) {
      visit(level - 1, 2 * index);
      visit(level - 1, 2 * index + 1);
    } else if (!leaves.has(index << level)) next.push(index << level);
  }

  /** Down to a node, and one level further if it is no leaf. */
  function descentTo(level: number, index: number): Descent {
    const pairs = [];
    for (let below = depth - 1; below >= level; below--) {
      const left = (index >>> (below - level)) & ~1;
      pairs.push({ left: at(below, left)!, right: at(below, left + 1)! });
    }
    if (level > 0) {
      pairs.push({ left: expected.node(level - 1, 2 * index), right: expected.node(level - 1, 2 * index + 1) });
    }
    return { size, top, index: index << level, pairs };
  }
}
