import { writeInt, writeUint, writeUint32 } from "@openledger/protocol/bytes.ts";
import { toHex, writeHex, type Hex } from "@openledger/protocol/hex.ts";
import type { Entry } from "@openledger/protocol/trees/entriesTree.ts";
import { hashFeatures, indexSum } from "@openledger/protocol/trees/indexTree.ts";
import type { ModelSettlement } from "@openledger/protocol/trees/modelsTree.ts";
import type { ScoreRow } from "@openledger/protocol/trees/scoresTree.ts";
import { buildSumTree, LEAF_PREFIX, type SumTree } from "@openledger/protocol/trees/sumTree.ts";
import { AbiCoder } from "ethers";
import type { AttestedIndex } from "../settlement/inputs.ts";

/**
 * A sum tree as somebody else may have built it: its leaves may be out of order, or say what no leaf may say. The trees of
 * `protocol/` refuse that, and what is refused cannot be proven wrong.
 */
export interface RawTree extends SumTree {
  /** Preimage of a leaf's hash, without the 0x00. */
  preimage(index: number): Hex;
  /** First leaf that does not come strictly before the next one. */
  readonly disorder: number | undefined;
}

type Key = readonly [major: bigint, minor: bigint];

/** The tree of one part. @throws OutOfRangeError for numbers that the leaves' types do not hold */
export function rawIndexTree({ rows, features, k }: Pick<AttestedIndex, "rows" | "features" | "k">): RawTree {
  return rawTree(
    rows.length,
    (i) => {
      const { contributionId, examples, scale, quality } = rows[i]!;
      const bytes = leaf(92);
      writeUint32(bytes, 1, i);
      writeUint(bytes, 5, 32, contributionId, "contributionId");
      writeUint(bytes, 37, 4, BigInt(examples), "examples");
      writeUint(bytes, 41, 4, BigInt(scale), "scale");
      writeInt(bytes, 45, 16, quality, "quality");
      writeHex(bytes, 61, hashFeatures(features.subarray(i * k, (i + 1) * k)));
      return bytes;
    },
    (i) => indexSum(rows[i]!),
    (i) => [rows[i]!.contributionId, 0n],
  );
}

/** @throws OutOfRangeError for numbers that the leaves' types do not hold */
export function rawScoresTree(rows: readonly ScoreRow[]): RawTree {
  return rawTree(
    rows.length,
    (i) => {
      const { contributionId, score, weight } = rows[i]!;
      const bytes = leaf(68);
      writeUint32(bytes, 1, i);
      writeUint(bytes, 5, 32, contributionId, "contributionId");
      writeInt(bytes, 37, 16, score, "score");
      writeUint(bytes, 53, 16, weight, "weight");
      return bytes;
    },
    (i) => rows[i]!.weight,
    // the order of a scores tree is that of its index
    (i) => [BigInt(i), 0n],
  );
}

const SETTLEMENT = [
  "modelId",
  "epoch",
  "versionId",
  "indexHash",
  "queryHash",
  "scoresRoot",
  "totalWeight",
  "pool",
] as const;
const WORDS = ["uint256", "uint64", "uint256", "bytes32", "bytes32", "bytes32", "uint256", "uint256"];

/** @throws OutOfRangeError | TypeError for numbers that the leaves' types do not hold */
export function rawModelsTree(settlements: readonly ModelSettlement[]): RawTree {
  const coder = AbiCoder.defaultAbiCoder();
  return rawTree(
    settlements.length,
    (i) => {
      const settled = settlements[i]!;
      const values = [...SETTLEMENT.map((name) => settled[name]), settled.receiptsRoot, settled.receiptCount];
      const bytes = leaf(352);
      const types = [...WORDS, "bytes32", "uint32", "bool"];
      writeHex(bytes, 1, coder.encode(types, [...values, settled.fallbackSplit]));
      return bytes;
    },
    (i) => settlements[i]!.pool,
    (i) => [settlements[i]!.modelId, settlements[i]!.epoch],
  );
}

/** @throws OutOfRangeError for numbers that the leaves' types do not hold */
export function rawEntriesTree(entries: readonly Entry[]): RawTree {
  return rawTree(
    entries.length,
    (i) => {
      const { modelId, contributionId, cumulative, earned } = entries[i]!;
      const bytes = leaf(96);
      writeUint(bytes, 1, 32, modelId, "modelId");
      writeUint(bytes, 33, 32, contributionId, "contributionId");
      writeUint(bytes, 65, 16, cumulative, "cumulative");
      writeUint(bytes, 81, 16, earned, "earned");
      return bytes;
    },
    (i) => entries[i]!.cumulative,
    (i) => [entries[i]!.modelId, entries[i]!.contributionId],
  );
}

/** Room for a leaf of this length behind its prefix. */
function leaf(length: number): Uint8Array {
  const bytes = new Uint8Array(1 + length);
  bytes[0] = LEAF_PREFIX;
  return bytes;
}

function rawTree(
  size: number,
  preimageOf: (i: number) => Uint8Array,
  sumOf: (i: number) => bigint,
  keyOf: (i: number) => Key,
): RawTree {
  const tree = buildSumTree(size, preimageOf, sumOf);
  let disorder: number | undefined;
  for (let i = 0; i + 1 < size && disorder === undefined; i++) {
    const [[major, minor], [nextMajor, nextMinor]] = [keyOf(i), keyOf(i + 1)];
    if (major > nextMajor || (major === nextMajor && minor >= nextMinor)) disorder = i;
  }
  return { ...tree, disorder, preimage: (i) => toHex(preimageOf(i).subarray(1)) };
}
