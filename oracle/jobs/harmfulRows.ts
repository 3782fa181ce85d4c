import { harmfulContributions } from "../attribution/judge/harmfulContributions.ts";
import type { VersionData } from "./versionData.ts";

/** Rows of a version's index that are found harmful, ascending: each by the quality set of its own Datanet. */
export function harmfulRows({ training, datanets }: Pick<VersionData, "training" | "datanets">): number[] {
  let first = 0;
  return datanets.flatMap(({ contributionIds, quality }) => {
    const [from, to] = [first, (first += contributionIds.length)];
    if (quality === undefined) return [];
    const contributionOfRow = training.contributionOfRow.map((place) => (place < to ? place - from : -1));
    const found = harmfulContributions(quality, { rows: training.rows, contributionOfRow, contributions: to - from });
    return found.map((contribution) => from + contribution);
  });
}
