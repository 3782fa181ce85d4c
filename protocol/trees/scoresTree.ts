import { checkInteger, writeInt, writeUint, writeUint32 } from "../bytes.ts";
import { buildSumTree, LEAF_PREFIX, sumLeaf, type SumNode, type SumTree } from "./sumTree.ts";

/** What one contribution scored in one epoch of one model. */
export interface ScoreRow {
  readonly contributionId: bigint;
  /** `<F, features> · scale`, int128. */
  readonly score: bigint;
  /** Share in the pool, uint128. */
  readonly weight: bigint;
}

/** Leaf i of the scores tree, aligned with row i of the version's index, counted through all its parts. */
export function scoreLeaf(i: number, row: ScoreRow): SumNode {
  return sumLeaf(preimage(i, row), row.weight);
}

/** The scores tree of a model in an epoch. `rows` in the order of the index. */
export function buildScoresTree(rows: readonly ScoreRow[]): SumTree {
  return buildSumTree(
    rows.length,
    (i) => preimage(i, rows[i]!),
    (i) => rows[i]!.weight,
  );
}

function preimage(i: number, row: ScoreRow): Uint8Array {
  const bytes = new Uint8Array(69);
  bytes[0] = LEAF_PREFIX;
  writeUint32(bytes, 1, checkInteger(i, 0, 0xffffffff, "index of a leaf"));
  writeUint(bytes, 5, 32, row.contributionId, "contributionId");
  writeInt(bytes, 37, 16, row.score, "score");
  writeUint(bytes, 53, 16, row.weight, "weight");
  return bytes;
}
