import { toHex } from "@openledger/protocol/hex.ts";
import { encodeInt16, hashInt16 } from "@openledger/protocol/score/int16Vector.ts";
import { hashFeatures } from "@openledger/protocol/trees/indexTree.ts";
import type { SumTree } from "@openledger/protocol/trees/sumTree.ts";
import type { AttestedIndex } from "../settlement/inputs.ts";
import { indexTreeOf } from "../settlement/settle.ts";
import { demand, descent, proof, sumProof, type RemedyCall } from "./calls.ts";
import { type AttestedRoots, challengeHiddenIndex, challengeOmission, wrongRow } from "./hiddenIndex.ts";
import { rawIndexTree, type RawTree } from "./rawTrees.ts";
import type { IndexEvidence, Shown } from "./shown.ts";

/**
 * The cheapest calls that lead to the cancellation of a wrong index: one proof; or demands, where what differs is hidden.
 * None where nothing on the chain decides who is right (features, scales and G are the quorum's word; see
 * docs/protocol.md §7).
 *
 * @param ours what this machine made of the version.
 * @param theirs what the operators published; undefined when nobody serves it.
 * @param shown what the answers to demands have shown.
 */
export function indexRemedies(
  ours: AttestedIndex,
  theirs: AttestedIndex | undefined,
  attested: AttestedRoots,
  shown: Shown,
): RemedyCall[] {
  const { versionId } = ours;
  if (indexTreeOf(ours).root === attested.indexRoot && hashInt16(ours.quality) === attested.qualityHash) return [];
  const quality = qualityOf([theirs, ours], attested, shown);
  for (const index of [theirs, ours]) {
    const tree = index && rawIndexTree(index);
    if (tree?.root === attested.indexRoot) return challengeIndex(ours, index!, tree, quality, attested);
  }
  return challengeHiddenIndex(ours, quality, attested, shown).concat(
    quality === undefined ? demand("demandQuality", versionId) : [],
  );
}

/** The bytes of G, from whatever has its hash. */
function qualityOf(
  indexes: readonly (AttestedIndex | undefined)[],
  { qualityHash }: AttestedRoots,
  shown: Shown,
): string | undefined {
  const index = indexes.find((other) => other !== undefined && hashInt16(other.quality) === qualityHash);
  return index === undefined ? shown.answerQuality[0]?.functional : functionalBytes(index.quality);
}

/** @param index what has the attested root */
function challengeIndex(
  ours: AttestedIndex,
  index: AttestedIndex,
  tree: RawTree,
  quality: string | undefined,
  attested: AttestedRoots,
): RemedyCall[] {
  const { versionId } = ours;
  if (tree.size !== attested.size) return [proof("disputeIndexTree", versionId, descent(tree), "0x")];
  if (tree.disorder !== undefined) {
    const [first, second] = [tree.disorder, tree.disorder + 1].map((i) => ({
      preimage: tree.preimage(i),
      proof: sumProof(tree, i),
    }));
    return [proof("disputeIndexOrder", versionId, first, second)];
  }
  const rows = index.rows.map((_, i) => ({
    index: indexLeafEvidence(index, tree, i),
    features: featureBytes(index, i),
  }));
  for (const row of rows) {
    const call = wrongRow(ours, row, undefined, attested);
    if (call !== undefined) return [call];
  }
  const omission = challengeOmission(ours, rows);
  if (omission !== undefined) return [omission];
  if (quality === undefined) return [demand("demandQuality", versionId)];
  for (const row of rows) {
    const call = wrongRow(ours, row, quality, attested);
    if (call !== undefined) return [call];
  }
  return [];
}

/** `IndexEvidence` of row `i`. */
export function indexLeafEvidence(version: AttestedIndex, tree: SumTree, i: number): IndexEvidence {
  return {
    leaf: { i, ...version.rows[i]!, featuresHash: hashFeatures(featuresAt(version, i)) },
    proof: sumProof(tree, i),
  };
}

/** The k bytes of row `i`'s features. */
export function featureBytes(version: AttestedIndex, i: number): string {
  return toHex(new Uint8Array(featuresAt(version, i)));
}

/** The 2k bytes that a functional's hash is taken of. */
export function functionalBytes(functional: Int16Array): string {
  return toHex(encodeInt16(functional));
}

function featuresAt({ features, k }: AttestedIndex, i: number): Int8Array {
  return features.subarray(i * k, (i + 1) * k);
}
