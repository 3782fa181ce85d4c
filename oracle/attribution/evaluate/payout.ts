import type { Contributions } from "./contributions.ts";
import { sumByContributor } from "./contributions.ts";

/**
 * The share of a pool that each contributor is paid, by the rule of a settlement: a contribution earns in proportion to its score where that is
 * positive and its quality is not negative.
 *
 * @param scores of the contributions @param quality of the contributions
 */
export function payoutShares(
  contributions: Pick<Contributions, "contributors" | "contributorOf">,
  scores: Float64Array,
  quality: Float64Array,
): Float64Array {
  const earned = scores.map((score, c) => (quality[c]! >= 0 ? Math.max(0, score) : 0));
  const pool = earned.reduce((sum, value) => sum + value, 0);
  return sumByContributor(contributions, earned).map((value) => (pool > 0 ? value / pool : 0));
}
