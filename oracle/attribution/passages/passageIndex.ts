import type { Passage } from "../../data/written/library.ts";
import { outlineOf, overlaps } from "../../data/written/overlap.ts";
import type { AnswerModel, Found } from "../../model/answers/answerModel.ts";
import { sharesOf } from "../../model/answers/answerModel.ts";
import type { AttributionIndex } from "../buildIndex.ts";
import { contributionColumns } from "../contributionColumns.ts";
import { IndexInputError } from "../errors.ts";
import { noJudgement, type QualityFunctionals, qualityFunctionals } from "../qualityFunctionals.ts";
import { quantiseRows } from "../quantiseRows.ts";
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
  model: AnswerModel,
  library: IndexedLibrary,
  quality: readonly (readonly QualityQuestion[])[],
): AttributionIndex {
  const { contributions } = library;
  if (contributions < 1) throw new IndexInputError("an index needs at least one contribution");
  if (quality.every((questions) => questions.length === 0))
    throw new IndexInputError("the quality sets are empty: set questions aside to judge data by");
  if (contributions > scheme.rank) {
    throw new IndexInputError(
      `${contributions} contributions: an answering version has at most ${scheme.rank}, so let sources be combined into fewer`,
    );
  }
  const k = contributionColumns(scheme.rank, contributions);
  const identity = new Float32Array(contributions * k);
  for (let c = 0; c < contributions; c++) identity[c * k + c] = 1;
  const judged = quality.map((questions) =>
    questions.length === 0 ? noJudgement(k) : judgement(model, library, questions, k),
  );
  return { k, ...quantiseRows(identity, contributions, k), judged, projections: [] };
}

function judgement(
  model: AnswerModel,
  { passages }: IndexedLibrary,
  questions: readonly QualityQuestion[],
  k: number,
): QualityFunctionals {
  const found = model.find(questions.map(({ question }) => question));
  const values = new Float64Array(questions.length * k);
  for (const [q, { passage: reference }] of questions.entries()) {
    const outline = outlineOf(reference);
    const candidates = found[q]!.map(({ passage, weight }) => ({
      contribution: passages[passage]!.contribution,
      weight,
      right: overlaps(outlineOf(passages[passage]!.text), outline),
    }));
    for (const [contribution, value] of passageShapley(candidates)) values[q * k + contribution] = value;
  }
  return qualityFunctionals(values, k, new Int32Array(questions.length), 1);
}

/** ψ of an answer: the share of each contribution's passages in it, k components. */
export function answerFeatures(found: readonly Found[], { passages, quoted }: IndexedLibrary, k: number): Float64Array {
  const psi = new Float64Array(k);
  const answer = found.slice(0, quoted);
  for (const [i, share] of sharesOf(answer).entries()) psi[passages[answer[i]!.passage]!.contribution]! += share;
  return psi;
}
