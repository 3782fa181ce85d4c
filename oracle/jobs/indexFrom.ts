import { scoresOf } from "@openledger/protocol/score/score.ts";
import type { AttributionIndex } from "../attribution/buildIndex.ts";
import type { IndexFiles } from "./indexFiles.ts";
import type { IndexedDatanet } from "./indexedDatanets.ts";

/**
 * An index as it is published, from what the engine made of a version: every row judged by its own Datanet.
 *
 * @param datanets in the order of the index's qualities
 * @param harmful rows of the index that are found harmful, ascending
 * @param examplesOf registered examples of a contribution, by its id and its row
 */
export function indexFrom(
  { k, features, scales, qualities }: Pick<AttributionIndex, "k" | "features" | "scales" | "qualities">,
  datanets: readonly IndexedDatanet[],
  harmful: readonly number[],
  examplesOf: (contributionId: bigint, row: number) => number,
): Pick<IndexFiles, "k" | "features" | "rows" | "parts"> {
  const isHarmful = new Set(harmful);
  let first = 0;
  const built = datanets.map(({ datanetId, contributionIds }, d) => {
    const quality = qualities[d]!;
    const [from, to] = [first, (first += contributionIds.length)];
    const scored = scoresOf(quality, features.subarray(from * k, to * k), [...scales.subarray(from, to)]);
    const rows = contributionIds.map((contributionId, i) => ({
      contributionId,
      examples: examplesOf(contributionId, from + i),
      scale: scales[from + i]!,
      quality: scored[i]!,
    }));
    const found = contributionIds.filter((_, i) => isHarmful.has(from + i));
    return { rows, part: { datanetId, size: contributionIds.length, quality, harmful: found } };
  });
  return { k, features, rows: built.flatMap(({ rows }) => rows), parts: built.map(({ part }) => part) };
}
