import type { Hash } from "@openledger/protocol/hex.ts";
import { toHex } from "@openledger/protocol/hex.ts";
import { encodeInt16, hashInt16 } from "@openledger/protocol/score/int16Vector.ts";
import { hashFeatures } from "@openledger/protocol/trees/indexTree.ts";
import type { SumTree } from "@openledger/protocol/trees/sumTree.ts";
import { firstWrongQuality } from "../settlement/compareIndex.ts";
import type { AttestedIndex } from "../settlement/inputs.ts";
import { indexTreeOf } from "../settlement/settle.ts";
import { demand, proof, sumProof, type RemedyCall } from "./calls.ts";

/** What the chain says of a pending index. */
export interface AttestedRoots {
  readonly indexRoot: Hash;
  readonly qualityHash: Hash;
}

/**
 * The cheapest call that cancels a wrong index; undefined where nothing on the chain decides who is right (features, scales
 * and G are the quorum's word; see docs/protocol.md §7).
 *
 * @param ours what this machine made of the version.
 * @param theirs what the operators published; undefined when nobody serves it.
 */
export function indexRemedy(
  ours: AttestedIndex,
  theirs: AttestedIndex | undefined,
  attested: AttestedRoots,
): RemedyCall | undefined {
  const { versionId } = ours;
  const ourTree = indexTreeOf(ours);
  if (ourTree.root === attested.indexRoot && hashInt16(ours.quality) === attested.qualityHash) return undefined;
  if (theirs === undefined) {
    return ourTree.root === attested.indexRoot
      ? demand("demandQuality", versionId)
      : demand("demandIndexRow", versionId, 0);
  }
  const tree = indexTreeOf(theirs);
  if (tree.root !== attested.indexRoot) return demand("demandIndexRow", versionId, 0);
  if (hashInt16(theirs.quality) !== attested.qualityHash) return demand("demandQuality", versionId);
  return wrongRow(ours, theirs, tree) ?? omission(ours, theirs, tree) ?? wrongQuality(theirs, tree);
}

/** A row for a contribution that is not in the version, or with other examples than the registry's. */
function wrongRow(ours: AttestedIndex, theirs: AttestedIndex, tree: SumTree): RemedyCall | undefined {
  const examples = new Map(ours.rows.map((row) => [row.contributionId, row.examples]));
  const i = theirs.rows.findIndex((row) => examples.get(row.contributionId) !== row.examples);
  return i < 0 ? undefined : proof("disputeIndexRow", theirs.versionId, indexLeafEvidence(theirs, tree, i));
}

function omission(ours: AttestedIndex, theirs: AttestedIndex, tree: SumTree): RemedyCall | undefined {
  const present = new Set(theirs.rows.map((row) => row.contributionId));
  const missing = ours.rows.find((row) => !present.has(row.contributionId));
  if (missing === undefined) return undefined;
  const neighbours = placesAround(theirs.rows, missing.contributionId).map((i) => indexLeafEvidence(theirs, tree, i));
  return proof("disputeOmission", theirs.versionId, missing.contributionId, neighbours);
}

function wrongQuality(theirs: AttestedIndex, tree: SumTree): RemedyCall | undefined {
  const i = firstWrongQuality(theirs);
  if (i === undefined) return undefined;
  const evidence = indexLeafEvidence(theirs, tree, i);
  return proof("disputeQuality", theirs.versionId, evidence, featureBytes(theirs, i), functionalBytes(theirs.quality));
}

/** `IndexEvidence` of row `i`. */
export function indexLeafEvidence(version: AttestedIndex, tree: SumTree, i: number) {
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

/** The place of a contribution among ascending rows, or the one or two places between which it would stand. */
export function placesAround(rows: readonly { readonly contributionId: bigint }[], contributionId: bigint): number[] {
  const at = rows.findIndex((row) => row.contributionId >= contributionId);
  if (at < 0) return [rows.length - 1];
  if (at === 0 || rows[at]!.contributionId === contributionId) return [at];
  return [at - 1, at];
}

function featuresAt({ features, k }: AttestedIndex, i: number): Int8Array {
  return features.subarray(i * k, (i + 1) * k);
}
