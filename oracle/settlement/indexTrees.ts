import type { Hash } from "@openledger/protocol/hex.ts";
import { hashInt16 } from "@openledger/protocol/score/int16Vector.ts";
import { buildHarmfulTree } from "@openledger/protocol/trees/harmfulTree.ts";
import { hashIndexParts, type IndexPart } from "@openledger/protocol/trees/indexParts.ts";
import { buildIndexTree } from "@openledger/protocol/trees/indexTree.ts";
import type { SumTree } from "@openledger/protocol/trees/sumTree.ts";
import type { DatanetPart, IndexContent } from "./inputs.ts";

/** What an index commits to: a tree for each Datanet, and one hash over all. */
export interface IndexTrees {
  readonly parts: readonly IndexPart[];
  /** In the order of the parts. */
  readonly trees: readonly SumTree[];
  /** partsHash of the attestation, indexHash of settlements. */
  readonly hash: Hash;
}

/** The trees of an index. @throws OrderError | OutOfRangeError for rows that no honest index has */
export function indexTreesOf(index: IndexContent): IndexTrees {
  const trees = partsOf(index).map(({ rows, features }) => buildIndexTree(rows, features, index.k));
  return committed(index, trees);
}

/** The same over trees that were built in another way. */
export function committed<T extends SumTree>(
  { parts }: Pick<IndexContent, "parts">,
  trees: readonly T[],
): IndexTrees & { readonly trees: readonly T[] } {
  const stated = parts.map(({ datanetId, quality, harmful }, p) => ({
    datanetId,
    root: trees[p]!.root,
    size: trees[p]!.size,
    qualityHash: hashInt16(quality),
    harmfulRoot: buildHarmfulTree(harmful).root,
  }));
  return { parts: stated, trees, hash: hashIndexParts(stated) };
}

/** The parts of an index with their rows and features, and the place of their first row. */
export function partsOf({ k, rows, features, parts }: IndexContent) {
  let first = 0;
  return parts.map((part: DatanetPart) => {
    const [from, to] = [first, (first += part.size)];
    return { ...part, first: from, rows: rows.slice(from, to), features: features.subarray(from * k, to * k) };
  });
}
