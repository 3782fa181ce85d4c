import { hashFolds } from "@openledger/protocol/score/harm.ts";
import { scoresOf } from "@openledger/protocol/score/score.ts";
import type { AttributionIndex } from "../attribution/buildIndex.ts";
import type { IndexFiles } from "./indexFiles.ts";
import type { IndexedDatanet } from "./indexedDatanets.ts";

/**
 * An index as it is published, from what the engine made of a version: every row judged by its own Datanet.
 *
 * @param datanets in the order in which the engine judged them
 * @param examplesOf registered examples of a contribution, by its id and its row
 */
export function indexFrom(
  { k, features, scales, judged }: Pick<AttributionIndex, "k" | "features" | "scales" | "judged">,
  datanets: readonly IndexedDatanet[],
  examplesOf: (contributionId: bigint, row: number) => number,
): Pick<IndexFiles, "k" | "features" | "rows" | "parts"> {
  let first = 0;
  const parts = datanets.map(({ datanetId, contributionIds }, d) => {
    const { G, folds } = judged[d]!;
    return { datanetId, size: contributionIds.length, quality: G, folds, foldsHash: hashFolds(folds) };
  });
  const rows = datanets.flatMap(({ contributionIds }, d) => {
    const [from, to] = [first, (first += contributionIds.length)];
    const qualities = scoresOf(parts[d]!.quality, features.subarray(from * k, to * k), [...scales.subarray(from, to)]);
    return contributionIds.map((contributionId, i) => ({
      contributionId,
      examples: examplesOf(contributionId, from + i),
      scale: scales[from + i]!,
      quality: qualities[i]!,
    }));
  });
  return { k, features, rows, parts };
}
