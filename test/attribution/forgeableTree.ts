import { asHash, ZERO_HASH } from "@openledger/protocol/hex.ts";
import { depthOf, parentOf, rootOf, type SumNode } from "@openledger/protocol/trees/sumTree.ts";

/** A node that replaces the right one, at `level` above the leaves. */
export interface Forgery {
  readonly level: number;
  readonly index: number;
  readonly node: SumNode;
}

/** A sum tree as a dishonest builder may commit to it: some nodes are not what their children make them. */
export interface ForgeableTree {
  readonly size: number;
  readonly root: string;
  readonly top: SumNode;
  readonly levels: readonly (readonly SumNode[])[];
  /** `SumTree.Proof` of the leaf at `index`. */
  proof(index: number): { size: number; index: number; siblings: SumNode[] };
  /** `SumTree.Descent` of `pairs` levels (all by default) towards the leaf position `index`. */
  descent(
    index: number,
    pairs?: number,
  ): {
    size: number;
    top: SumNode;
    index: number;
    pairs: { left: SumNode; right: SumNode }[];
  };
}

const EMPTY: SumNode = { hash: ZERO_HASH, sum: 0n };

/**
 * @param size the number of leaves that the root states.
 */
export function forgeableTree(
  leaves: readonly SumNode[],
  forgeries: readonly Forgery[] = [],
  size = leaves.length,
): ForgeableTree {
  const depth = depthOf(size);
  const forge = (level: number, nodes: SumNode[]): SumNode[] => {
    for (const forgery of forgeries) if (forgery.level === level) nodes[forgery.index] = forgery.node;
    return nodes;
  };
  const levels = [
    forge(
      0,
      Array.from({ length: 2 ** depth }, (_, i) => leaves[i] ?? EMPTY),
    ),
  ];
  for (let level = 1; level <= depth; level++) {
    const below = levels[level - 1]!;
    const parents = Array.from({ length: below.length / 2 }, (_, i) => parentOf(below[2 * i]!, below[2 * i + 1]!));
    levels.push(forge(level, parents));
  }
  const top = levels[depth]![0]!;
  return {
    size,
    root: asHash(rootOf(size, top)),
    top,
    levels,
    proof: (index) => ({
      size,
      index,
      siblings: Array.from({ length: depth }, (_, level) => levels[level]![(index >> level) ^ 1]!),
    }),
    descent: (index, pairs = depth) => ({
      size,
      top,
      index,
      pairs: Array.from({ length: pairs }, (_, i) => {
        const level = depth - 1 - i;
        const left = (index >> level) & ~1;
        return { left: levels[level]![left]!, right: levels[level]![left + 1]! };
      }),
    }),
  };
}
