import { type Hex, toHex } from "@openledger/protocol/hex.ts";
import { encodeInt16 } from "@openledger/protocol/score/int16Vector.ts";
import { placeInParts } from "@openledger/protocol/trees/indexParts.ts";
import { hashFeatures } from "@openledger/protocol/trees/indexTree.ts";
import type { IndexTrees } from "./indexTrees.ts";
import type { IndexContent } from "./inputs.ts";

/** `IndexEvidence` of a row of an index, by its position among all rows. */
export function rowEvidence(index: IndexContent, { parts, trees }: IndexTrees, position: number) {
  const { part, i } = placeInParts(parts, position);
  const { size, siblings } = trees[part]!.proof(i);
  const leaf = { i, ...index.rows[position]!, featuresHash: hashFeatures(featuresAt(index, position)) };
  return { parts: [...parts], part, leaf, proof: { size, index: i, siblings: [...siblings] } };
}

/** The k bytes of a row's features. */
export function featureBytes(index: Pick<IndexContent, "features" | "k">, position: number): Hex {
  return toHex(new Uint8Array(featuresAt(index, position)));
}

/** The 2k bytes that a functional's hash is taken of. */
export function functionalBytes(functional: Int16Array): Hex {
  return toHex(encodeInt16(functional));
}

function featuresAt({ features, k }: Pick<IndexContent, "features" | "k">, position: number): Int8Array {
  return features.subarray(position * k, (position + 1) * k);
}
