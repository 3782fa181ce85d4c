import { dot } from "@openledger/protocol/score/dot.ts";
import { decodeInt16 } from "@openledger/protocol/score/int16Vector.ts";
import type { IndexPart } from "@openledger/protocol/trees/indexParts.ts";
import { indexLeaf, type IndexRow } from "@openledger/protocol/trees/indexTree.ts";
import { getBytes, solidityPacked } from "ethers";
import type { DatanetPart } from "../settlement/inputs.ts";
import { demand, proof, type RemedyCall } from "./calls.ts";
import { createPartialTree } from "./partialTree.ts";
import { rawIndexTree } from "./rawTrees.ts";
import type { IndexEvidence, Shown } from "./shown.ts";

/** A part of a pending index that differs from what this machine made of the Datanet. */
export interface PartInQuestion {
  readonly versionId: bigint;
  readonly k: number;
  /** As attested. */
  readonly parts: readonly IndexPart[];
  /** Place of the part among them, and of its first row among all rows. */
  readonly part: number;
  readonly first: number;
  /** What it should be. */
  readonly ours: DatanetPart & { readonly rows: readonly IndexRow[]; readonly features: Int8Array };
}

/** A row of an index with the features behind it. */
export interface ShownRow {
  readonly index: IndexEvidence;
  readonly features: string;
}

const NO_LEAF = { preimage: "0x", proof: { size: 0, index: 0, siblings: [] } };

/**
 * What one row proves wrong: a contribution that is not in the version or belongs to another Datanet, another number of examples
 * than the registry's, or a quality that is not its features'.
 *
 * @param quality the bytes of the Datanet's G; undefined leaves the quality out.
 */
export function wrongRow(
  { versionId, k, ours }: PartInQuestion,
  { index, features }: ShownRow,
  quality: string | undefined,
): RemedyCall | undefined {
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

/** A contribution that belongs between two neighbours that were shown, beyond the first or last row, or in an empty part. */
export function challengeOmission(at: PartInQuestion, rows: readonly ShownRow[]): RemedyCall | undefined {
  const { versionId, parts, part, ours } = at;
  const omitted = (contributionId: bigint, neighbours: readonly IndexEvidence[]) =>
    proof("disputeOmission", versionId, contributionId, parts, part, neighbours.map(leafEvidence));
  if (parts[part]!.size === 0 && ours.rows.length > 0) return omitted(ours.rows[0]!.contributionId, []);
  const shown = rows.map(({ index }) => index).sort((a, b) => a.proof.index - b.proof.index);
  const [first, last] = [shown[0], shown.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  for (const { contributionId } of ours.rows) {
    const place = shown.findIndex(({ leaf }) => leaf.contributionId >= contributionId);
    if (shown[place]?.leaf.contributionId === contributionId) continue;
    const [before, after] = [shown[place < 0 ? shown.length - 1 : place - 1], place < 0 ? undefined : shown[place]];
    const neighbours = [before, after].filter((row) => row !== undefined);
    const adjacent =
      before === undefined
        ? after!.proof.index === 0
        : after === undefined
          ? before.proof.index + 1 === before.proof.size
          : before.proof.index + 1 === after.proof.index;
    if (adjacent) return omitted(contributionId, neighbours);
  }
  return undefined;
}

/** Follows the rows that answers have shown towards one that is wrong, or towards the place of one that is missing. */
export function challengeHiddenPart(
  at: PartInQuestion,
  quality: string | undefined,
  { answerIndexRow }: Shown,
): RemedyCall[] {
  const { versionId, k, parts, part, first, ours } = at;
  const stated = parts[part]!;
  const rows = answerIndexRow.filter(({ index }) => index.part === part);
  const demandRow = (i: number) => demand("demandIndexRow", versionId, first + i);
  const omission = challengeOmission(at, rows);
  if (rows.length === 0) return omission === undefined ? [demandRow(0)] : [omission];
  for (const row of rows) {
    const { leaf, proof: path } = row.index;
    if (leaf.i !== path.index) return [outOfOrder(at, leafEvidence(row.index), NO_LEAF)];
    const next = rows.find(({ index }) => index.proof.index === path.index + 1)?.index;
    if (next !== undefined && next.leaf.contributionId <= leaf.contributionId) {
      return [outOfOrder(at, leafEvidence(row.index), leafEvidence(next))];
    }
    const call = wrongRow(at, row, quality);
    if (call !== undefined) return [call];
  }
  if (omission !== undefined) return [omission];

  const expected = rawIndexTree({ ...ours, k });
  const leaves = rows.map(({ index }) => ({
    leaf: indexLeaf(index.leaf.i, index.leaf, index.leaf.featuresHash),
    proof: index.proof,
  }));
  const { next, broken } = createPartialTree(leaves, expected);
  if (broken !== undefined) {
    const leaf = broken.pairs.length === expected.depth ? expected.preimage(broken.index) : "0x";
    return [proof("disputeIndexTree", versionId, parts, part, broken, leaf)];
  }
  return (stated.size === expected.size ? next : gaps(at, rows, stated.size)).map(demandRow);
}

/**
 * The middles of all runs of hidden rows that hold more or fewer rows than the Datanet has contributions between their ends.
 * Rows ascend, or two that were shown prove that they do not.
 */
function gaps({ ours }: PartInQuestion, rows: readonly ShownRow[], size: number): number[] {
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

function outOfOrder({ versionId, parts, part }: PartInQuestion, ...leaves: readonly unknown[]): RemedyCall {
  return proof("disputeIndexOrder", versionId, parts, part, ...leaves);
}

function leafEvidence({ leaf, proof: path }: IndexEvidence) {
  const { i, contributionId, examples, scale, quality, featuresHash } = leaf;
  const preimage = solidityPacked(
    ["uint32", "uint256", "uint32", "uint32", "int128", "bytes32"],
    [i, contributionId, examples, scale, quality, featuresHash],
  );
  return { preimage, proof: path };
}
