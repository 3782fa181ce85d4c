import { checkInteger, writeInt, writeUint, writeUint32 } from "../bytes.ts";
import { OrderError, OutOfRangeError } from "../errors.ts";
import { writeHex, type Hash } from "../hex.ts";
import { keccak256 } from "../keccak.ts";
import { buildSumTree, LEAF_PREFIX, sumLeaf, type SumNode, type SumTree } from "./sumTree.ts";

/** What a model version's index says of one contribution. */
export interface IndexRow {
  readonly contributionId: bigint;
  /** Accepted examples, uint32. */
  readonly examples: number;
  /** Factor of the features, uint32 ≥ 1. */
  readonly scale: number;
  /** `<G, features> · scale`, int128, G being the Datanet's. */
  readonly quality: bigint;
}

/** The two sums of an index tree: the positive quality of a Datanet's data in a version, and the examples behind it. */
export interface IndexLanes {
  readonly positiveQuality: bigint;
  readonly examples: bigint;
}

const EXAMPLES_BITS = 64n;

/** keccak-256 of a contribution's k bytes of features. */
export function hashFeatures(features: Int8Array): Hash {
  return keccak256(new Uint8Array(features.buffer, features.byteOffset, features.length));
}

/** Leaf i of the index tree. */
export function indexLeaf(i: number, row: IndexRow, featuresHash: Hash): SumNode {
  return sumLeaf(preimage(i, row, featuresHash), indexSum(row));
}

/** Both lanes in one sum: `quality << 64 | examples` for positive quality, else 0. */
export function indexSum(row: Pick<IndexRow, "quality" | "examples">): bigint {
  return row.quality > 0n ? (row.quality << EXAMPLES_BITS) | BigInt(row.examples) : 0n;
}

/** Splits a sum of the index tree. The examples of 2^32 leaves fit their 64 bits, so the lanes never mix. */
export function lanesOf(sum: bigint): IndexLanes {
  return { positiveQuality: sum >> EXAMPLES_BITS, examples: BigInt.asUintN(64, sum) };
}

/**
 * The index tree of a Datanet's contributions to a model version.
 *
 * @param rows strictly ascending by contributionId.
 * @param features row-major, rows × k.
 * @param k dimensions: a multiple of 32, at most 1024.
 * @throws OrderError | OutOfRangeError
 */
export function buildIndexTree(rows: readonly IndexRow[], features: Int8Array, k: number): SumTree {
  checkDimensions(k);
  if (features.length !== rows.length * k) {
    throw new OutOfRangeError("length of the features", features.length, `${rows.length} rows × ${k} dimensions`);
  }
  for (let i = 1; i < rows.length; i++) {
    const id = rows[i]!.contributionId;
    if (id <= rows[i - 1]!.contributionId) throw new OrderError("index row", i, `contribution ${id}`);
  }
  return buildSumTree(
    rows.length,
    (i) => preimage(i, rows[i]!, hashFeatures(features.subarray(i * k, (i + 1) * k))),
    (i) => indexSum(rows[i]!),
  );
}

/** Throws {@link OutOfRangeError} unless k is a multiple of 32 from 32 to 1024. */
export function checkDimensions(k: number): number {
  checkInteger(k, 32, 1024, "k");
  if (k % 32 !== 0) throw new OutOfRangeError("k", k, "a multiple of 32");
  return k;
}

function preimage(i: number, row: IndexRow, featuresHash: Hash): Uint8Array {
  const bytes = new Uint8Array(93);
  bytes[0] = LEAF_PREFIX;
  writeUint32(bytes, 1, checkInteger(i, 0, 0xffffffff, "index of a leaf"));
  writeUint(bytes, 5, 32, row.contributionId, "contributionId");
  writeUint32(bytes, 37, checkInteger(row.examples, 0, 0xffffffff, "examples"));
  writeUint32(bytes, 41, checkInteger(row.scale, 1, 0xffffffff, "scale"));
  writeInt(bytes, 45, 16, row.quality, "quality");
  writeHex(bytes, 61, featuresHash);
  return bytes;
}
