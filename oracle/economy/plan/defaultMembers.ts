import type { LabelledPlan } from "./loadScenario.ts";

/**
 * Work on an index grows with models x rows³: with four models 11,000 rows cost three operators about as much as 15,000
 * rows with two.
 */
const MOST_ROWS_FOR_FOUR = 11_000;

/** The example is there to be looked at, and more than half of its time is training. */
const EXAMPLE_MEMBERS = 2;

export const MEMBERS_RULE = `${EXAMPLE_MEMBERS}; with --data 4 up to ${MOST_ROWS_FOR_FOUR.toLocaleString("en")} training rows`;

/**
 * Models per ensemble when nobody chose: a child has as many as its parent, so the largest Datanet decides.
 *
 * @param isExample whether the data are those of the repository
 */
export function defaultMembers(datanets: readonly LabelledPlan[], isExample: boolean): number {
  if (isExample) return EXAMPLE_MEMBERS;
  return Math.max(...datanets.map(({ published }) => published.length)) > MOST_ROWS_FOR_FOUR ? 2 : 4;
}
