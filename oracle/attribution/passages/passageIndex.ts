import type { Passage } from "../../data/written/library.ts";
import { outlineOf, overlaps } from "../../data/written/overlap.ts";
import type { AnswerModel, Found } from "../../model/answers/answerModel.ts";
import { sharesOf } from "../../model/answers/answerModel.ts";
import type { AttributionIndex } from "../buildIndex.ts";
import { indexOfOwnColumns, type QuestionValues, requireColumns } from "../ownColumns.ts";
import { passageShapley } from "./passageShapley.ts";
import type { PassagesScheme } from "./passagesScheme.ts";

/** A validators' question, and a text that answers it. */
export interface QualityQuestion {
  readonly question: string;
  readonly passage: string;
}

/** What a version that answers with passages is indexed by. */
export interface IndexedLibrary {
  readonly passages: readonly Passage[];
  readonly contributions: number;
  /** Passages of an answer. */
  readonly quoted: number;
}

/**
 * The attribution index of a version under `passages/1`: every contribution has a column of its own, and a Datanet's G is the mean over its quality
 * questions of what each contribution does for the right answer.
 *
 * @param quality questions that the data of each Datanet are judged by, empty where there are none
 * @throws IndexInputError for more contributions than columns, or no quality questions
 */
export function buildPassageIndex(
  scheme: PassagesScheme,
  model: Pick<AnswerModel, "find">,
  library: IndexedLibrary,
  quality: readonly (readonly QualityQuestion[])[],
): AttributionIndex {
  const { contributions } = library;
  requireColumns(scheme.rank, contributions, quality);
  const judged = quality.map((questions) => questionValues(model, library, questions));
  return indexOfOwnColumns(scheme.rank, contributions, judged);
}

/** What each contribution does for the right answer to each question. */
export function questionValues(
  model: Pick<AnswerModel, "find">,
  { passages }: Pick<IndexedLibrary, "passages">,
  questions: readonly QualityQuestion[],
): QuestionValues[] {
  const found = model.find(questions.map(({ question }) => question));
  return questions.map(({ passage: reference }, q) => {
    const outline = outlineOf(reference);
    const candidates = found[q]!.map(({ passage, weight }) => ({
      contribution: passages[passage]!.contribution,
      weight,
      right: overlaps(outlineOf(passages[passage]!.text), outline),
    }));
    return [...passageShapley(candidates)];
  });
}

/** ψ of an answer: the share of each contribution's passages in it, k components. */
export function answerFeatures(found: readonly Found[], { passages, quoted }: IndexedLibrary, k: number): Float64Array {
  const psi = new Float64Array(k);
  const answer = found.slice(0, quoted);
  for (const [i, share] of sharesOf(answer).entries()) psi[passages[answer[i]!.passage]!.contribution]! += share;
  return psi;
}
