import { dot } from "@openledger/protocol/score/dot.ts";
import { hashInt16 } from "@openledger/protocol/score/int16Vector.ts";
import { ZERO_HASH } from "@openledger/protocol/hex.ts";
import { placeInParts } from "@openledger/protocol/trees/indexParts.ts";
import { hashFeatures, type IndexRow } from "@openledger/protocol/trees/indexTree.ts";
import { compareFields, difference, firstOf, zip, type Difference, type Place } from "./difference.ts";
import type { AttestedIndex, DatanetPart } from "./inputs.ts";

/**
 * The first difference between two indexes of a version, row by row, then what each Datanet judges by. What the registry decides is `wrong index`; a
 * quality that contradicts its own features is `wrong quality`; other features are the quorum's word alone.
 */
export function compareIndexes(ours: AttestedIndex, theirs: AttestedIndex): Difference | undefined {
  const { versionId } = ours;
  const rows = zip(ours.rows, theirs.rows);
  return (
    compareFields("index", { versionId }, ours, theirs, { k: undefined, certificateBps: undefined }) ??
    firstOf(rows, ([mine, their], index) => compareRows({ versionId, index }, mine, their, ours, theirs)) ??
    firstOf(zip(ours.parts, theirs.parts), ([mine, their]) =>
      compareFields("index", { versionId }, judgeOf(mine), judgeOf(their), {
        datanetId: "wrong index",
        size: "wrong index",
        qualityHash: undefined,
        harmful: undefined,
      }),
    )
  );
}

/** Place of the first row whose quality is not `<G, features> · scale`; undefined when all are. */
export function firstWrongQuality(version: AttestedIndex): number | undefined {
  const place = version.rows.findIndex((_, i) => !hasTrueQuality(version, i));
  return place < 0 ? undefined : place;
}

function compareRows(
  at: Place,
  mine: IndexRow | undefined,
  their: IndexRow | undefined,
  ours: AttestedIndex,
  theirs: AttestedIndex,
): Difference | undefined {
  const place = { ...at, contributionId: (mine ?? their)!.contributionId };
  if (!mine || !their) {
    return difference("index", place, "contributionId", mine?.contributionId, their?.contributionId, "wrong index");
  }
  const i = at.index!;
  const featuresOf = ({ features, k }: AttestedIndex) => ({
    features: hashFeatures(features.subarray(i * k, (i + 1) * k)),
  });
  return (
    compareFields("index", place, mine, their, { contributionId: "wrong index", examples: "wrong index" }) ??
    compareFields("index", place, mine, their, { quality: hasTrueQuality(theirs, i) ? undefined : "wrong quality" }) ??
    compareFields("index", place, mine, their, { scale: undefined }) ??
    compareFields("index", place, featuresOf(ours), featuresOf(theirs), { features: undefined })
  );
}

function hasTrueQuality({ rows, features, parts, k }: AttestedIndex, i: number): boolean {
  const row = rows[i]!;
  const { quality } = parts[placeInParts(parts, i).part]!;
  return BigInt(dot(quality, features, i * k)) * BigInt(row.scale) === row.quality;
}

function judgeOf(part: DatanetPart | undefined) {
  if (part === undefined) return { datanetId: 0n, size: 0, qualityHash: ZERO_HASH, harmful: "" };
  const { datanetId, size, quality, harmful } = part;
  return { datanetId, size, qualityHash: hashInt16(quality), harmful: harmful.join(" ") };
}
