import type { LabelledPlan } from "./loadScenario.ts";

/**
 * Work on an index grows with models x rows³: with four models 11,000 rows cost three operators about as much as 15,000
 * rows with two.
 */
const MOST_ROWS_FOR_FOUR = 11_000;

export const MEMBERS_RULE = `4 up to ${MOST_ROWS_FOR_FOUR.toLocaleString("en")} training rows, 2 beyond`;

/** Models per ensemble when nobody chose: a child has as many as its parent, so the largest Datanet decides. */
export function defaultMembers(datanets: readonly LabelledPlan[]): number {
  return Math.max(...datanets.map(({ published }) => published.length)) > MOST_ROWS_FOR_FOUR ? 2 : 4;
}
