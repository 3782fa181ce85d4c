import type { Hash } from "@openledger/protocol/hex.ts";
import { dot } from "@openledger/protocol/score/dot.ts";
import { decodeInt16 } from "@openledger/protocol/score/int16Vector.ts";
import { indexLeaf } from "@openledger/protocol/trees/indexTree.ts";
import { getBytes, solidityPacked } from "ethers";
import type { AttestedIndex } from "../settlement/inputs.ts";
import { demand, proof, type RemedyCall } from "./calls.ts";
import { createPartialTree } from "./partialTree.ts";
import { rawIndexTree } from "./rawTrees.ts";
import type { IndexEvidence, Shown } from "./shown.ts";

/** What the chain says of a pending index. */
export interface AttestedRoots {
  readonly indexRoot: Hash;
  readonly qualityHash: Hash;
  readonly size: number;
  readonly k: number;
}

/** A row of an index with the features behind it. */
interface ShownRow {
  readonly index: IndexEvidence;
  readonly features: string;
}

const NO_LEAF = { preimage: "0x", proof: { size: 0, index: 0, siblings: [] } };

/**
 * What one row proves wrong: a contribution that is not in the version, another number of examples than the registry's, or a
 * quality that is not its features'.
 *
 * @param quality the bytes of G; undefined leaves the quality out.
 */
export function wrongRow(
  ours: AttestedIndex,
  { index, features }: ShownRow,
  quality: string | undefined,
  { k }: Pick<AttestedRoots, "k">,
): RemedyCall | undefined {
  const { versionId } = ours;
  const { leaf } = index;
  const registered = ours.rows.find(({ contributionId }) => contributionId === leaf.contributionId);
  if (registered?.examples !== leaf.examples || leaf.scale === 0) return proof("disputeIndexRow", versionId, index);
  if (quality === undefined) return undefined;
  const [vector, bytes] = [getBytes(features), getBytes(quality)];
  const fits = vector.length === k && bytes.length === 2 * k;
  if (fits && BigInt(dot(decodeInt16(bytes), new Int8Array(vector))) * BigInt(leaf.scale) === leaf.quality) {
    return undefined;
  }
  return proof("disputeQuality", versionId, index, features, quality);
}

/** A contribution that belongs between two neighbours that were shown, or beyond the first or last row. */
export function challengeOmission(ours: AttestedIndex, rows: readonly ShownRow[]): RemedyCall | undefined {
  const shown = rows.map(({ index }) => index).sort((a, b) => a.proof.index - b.proof.index);
  const [first, last] = [shown[0], shown.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  for (const { contributionId } of ours.rows) {
    const at = shown.findIndex(({ leaf }) => leaf.contributionId >= contributionId);
    if (shown[at]?.leaf.contributionId === contributionId) continue;
    const [before, after] = [shown[at < 0 ? shown.length - 1 : at - 1], at < 0 ? undefined : shown[at]];
    const neighbours = [before, after].filter((row) => row !== undefined);
    const adjacent =
      before === undefined
        ? after!.proof.index === 0
        : after === undefined
          ? before.proof.index + 1 === before.proof.size
          : before.proof.index + 1 === after.proof.index;
    if (adjacent) return proof("disputeOmission", ours.versionId, contributionId, neighbours);
  }
  return undefined;
}

/** Follows the rows that answers have shown towards one that is wrong, or towards the place of one that is missing. */
export function challengeHiddenIndex(
  ours: AttestedIndex,
  quality: string | undefined,
  attested: AttestedRoots,
  { answerIndexRow: rows }: Shown,
): RemedyCall[] {
  const { versionId } = ours;
  const demandRow = (i: number) => demand("demandIndexRow", versionId, i);
  if (rows.length === 0) return [demandRow(0)];
  for (const row of rows) {
    const { leaf, proof: path } = row.index;
    const evidence = { preimage: preimageOf(leaf), proof: path };
    if (leaf.i !== path.index) return [proof("disputeIndexOrder", versionId, evidence, NO_LEAF)];
    const next = rows.find(({ index }) => index.proof.index === path.index + 1)?.index;
    if (next !== undefined && next.leaf.contributionId <= leaf.contributionId) {
      const second = { preimage: preimageOf(next.leaf), proof: next.proof };
      return [proof("disputeIndexOrder", versionId, evidence, second)];
    }
    const call = wrongRow(ours, row, quality, attested);
    if (call !== undefined) return [call];
  }
  const omission = challengeOmission(ours, rows);
  if (omission !== undefined) return [omission];

  const expected = rawIndexTree(ours);
  const leaves = rows.map(({ index }) => ({
    leaf: indexLeaf(index.leaf.i, index.leaf, index.leaf.featuresHash),
    proof: index.proof,
  }));
  const { size, top, next, broken } = createPartialTree(leaves, expected);
  if (size !== attested.size) {
    return [proof("disputeIndexTree", versionId, { size, top, index: 0, pairs: [] }, "0x")];
  }
  if (broken !== undefined) {
    const leaf = broken.pairs.length === expected.depth ? expected.preimage(broken.index) : "0x";
    return [proof("disputeIndexTree", versionId, broken, leaf)];
  }
  return (size === expected.size ? next : gaps(ours, rows, size)).map(demandRow);
}

/**
 * The middles of all runs of hidden rows that hold more or fewer rows than the version has contributions between their ends.
 * Rows ascend, or two that were shown prove that they do not.
 */
function gaps(ours: AttestedIndex, rows: readonly ShownRow[], size: number): number[] {
  const places = new Map(ours.rows.map(({ contributionId }, i) => [contributionId, i]));
  const known = rows
    .map(({ index }) => [index.proof.index, places.get(index.leaf.contributionId)!] as const)
    .sort(([a], [b]) => a - b);
  const bounds = [[-1, -1] as const, ...known, [size, ours.rows.length] as const];
  return bounds.slice(1).flatMap(([there, here], i) => {
    const [thereBefore, hereBefore] = bounds[i]!;
    const hidden = there - thereBefore - 1;
    return hidden > 0 && hidden !== here - hereBefore - 1 ? [thereBefore + 1 + (hidden >> 1)] : [];
  });
}

function preimageOf({ i, contributionId, examples, scale, quality, featuresHash }: IndexEvidence["leaf"]): string {
  return solidityPacked(
    ["uint32", "uint256", "uint32", "uint32", "int128", "bytes32"],
    [i, contributionId, examples, scale, quality, featuresHash],
  );
}
