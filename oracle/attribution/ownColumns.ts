import type { AttributionIndex } from "./buildIndex.ts";
import { contributionColumns } from "./contributionColumns.ts";
import { IndexInputError } from "./errors.ts";
import { noJudgement, qualityFunctional } from "./qualityFunctional.ts";
import { quantiseRows } from "./quantiseRows.ts";

/** What the contributions do for the right answer to a question: values by their rows in the index. */
export type QuestionValues = readonly (readonly [contribution: number, value: number])[];

/**
 * An index in which every contribution has a column of its own: f_c is a unit vector, and a Datanet's G the mean over its quality questions.
 *
 * @param quality of each Datanet its questions, empty where there are none
 * @throws IndexInputError for no contribution, more than columns, or no quality questions
 */
export function indexOfOwnColumns(
  rank: number,
  contributions: number,
  quality: readonly (readonly QuestionValues[])[],
): AttributionIndex {
  requireColumns(rank, contributions, quality);
  const k = contributionColumns(rank, contributions);
  const identity = new Float32Array(contributions * k);
  for (let c = 0; c < contributions; c++) identity[c * k + c] = 1;
  const qualities = quality.map((questions) => {
    if (questions.length === 0) return noJudgement(k);
    const values = new Float64Array(questions.length * k);
    for (const [q, question] of questions.entries()) {
      for (const [contribution, value] of question) values[q * k + contribution] = value;
    }
    return qualityFunctional(values, k, new Int32Array(questions.length), 1);
  });
  return { k, ...quantiseRows(identity, contributions, k), qualities, projections: [] };
}

/** What can be known before any question is judged. @throws as `indexOfOwnColumns` */
export function requireColumns(rank: number, contributions: number, quality: readonly (readonly unknown[])[]): void {
  if (contributions < 1) throw new IndexInputError("an index needs at least one contribution");
  if (quality.every((questions) => questions.length === 0))
    throw new IndexInputError("the quality sets are empty: set questions aside to judge data by");
  if (contributions <= rank) return;
  throw new IndexInputError(
    `${contributions} contributions: an answering version has at most ${rank}, so let sources be combined into fewer`,
  );
}
