import { harmfulContributions } from "../attribution/judge/harmfulContributions.ts";
import type { HarmRule } from "../attribution/judge/harmRule.ts";
import type { VersionData } from "./versionData.ts";

/**
 * Rows of a version's index that are found harmful, ascending: each by the quality set of its own Datanet, and by its own rule. Nothing that
 * is contributed enters a judge, so contributions of different rules are judged apart.
 */
export function harmfulRows(
  { training, datanets }: Pick<VersionData, "training" | "datanets">,
  ruleOf: (contributionId: bigint) => HarmRule,
): number[] {
  let first = 0;
  const found = datanets.flatMap(({ contributionIds, quality }) => {
    const from = first;
    first += contributionIds.length;
    if (quality === undefined) return [];
    const rules = contributionIds.map(ruleOf);
    return [...new Set(rules)].flatMap((rule) => {
      const contributionOfRow = training.contributionOfRow.map((place) =>
        rules[place - from] === rule ? place - from : -1,
      );
      const contributed = { rows: training.rows, contributionOfRow, contributions: contributionIds.length };
      return harmfulContributions(quality, contributed, rule).map((contribution) => from + contribution);
    });
  });
  return found.sort((a, b) => a - b);
}
