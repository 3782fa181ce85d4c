import type { Library } from "../../data/written/library.ts";
import { searchTextOf } from "../../data/written/library.ts";
import { outlineOf, overlaps } from "../../data/written/overlap.ts";
import { windowsOf } from "../../data/written/windows.ts";
import { exp } from "../../numerics/elementary.ts";
import type { KernelFactory } from "../../numerics/kernels.ts";
import type { Weights } from "../weights.ts";
import { type AnswersRecipe, weightsOf } from "./answersRecipe.ts";
import type { Encoder } from "./encoder.ts";
import { toInt8 } from "./int8Rows.ts";
import { createInt8Search, type Described, mostSimilarOf } from "./int8Search.ts";
import { type EncodedLessons, openProjection, trainProjection, untrained } from "./projection.ts";

/** A passage that a question is answered with. */
export interface Found {
  /** Position in the library. */
  readonly passage: number;
  /** About -1 to 1. */
  readonly similarity: number;
  /** Weight among the passages considered: e^(sharpness · (similarity - the best one's)), 0 to 1. */
  readonly weight: number;
}

/** A library whose passages can be searched. */
export interface AnswerModel {
  /** Of each question the passages considered, the most similar first. A text without anything to go by finds nothing. */
  find(questions: readonly string[]): Found[][];
  /** Length of what {@link embed} gives. */
  readonly dimension: number;
  /** Where a text lies as the lessons taught it to be searched for: the first encoder's vector, projected, of length 1 (zeros without anything to go by). */
  embed(text: string): Float64Array;
}

/** What an answer model is made of besides its weights. */
export interface AnswerParts {
  readonly recipe: AnswersRecipe;
  /** In the recipe's order. */
  readonly encoders: readonly Encoder[];
  /** The passages in each encoder. */
  readonly passages: Described;
}

/** Encodes a library's passages, which takes the time of a version. */
export function encodeLibrary(
  recipe: AnswersRecipe,
  encoders: readonly Encoder[],
  { passages }: Pick<Library, "passages">,
): AnswerParts {
  return { recipe, encoders, passages: described(encoders, passages.map(searchTextOf)) };
}

function described(encoders: readonly Encoder[], texts: readonly string[]): Described {
  return encoders.map((encoder) => toInt8(encoder.encode(texts), encoder.dimension));
}

export function openAnswerModel(createKernels: KernelFactory, parts: AnswerParts, weights: Weights): AnswerModel {
  const { recipe, encoders: [first, ...others], passages } = parts; // prettier-ignore
  const { dimension } = first!;
  const project = openProjection(createKernels, weights, dimension);
  const search = createInt8Search(createKernels, passages, weightsOf(recipe));
  return {
    find(questions) {
      const asked = [toInt8(project(first!.encode(questions)), dimension), ...described(others, questions)];
      return questions.map((_, q) => {
        if (asked.every(({ scales }) => scales[q] === 0)) return [];
        const matches = search.mostSimilar(asked, q, recipe.considered);
        const best = matches[0]?.similarity ?? 0;
        return matches.map(({ row, similarity }) => ({
          passage: row,
          similarity,
          weight: exp(recipe.sharpness * (similarity - best)),
        }));
      });
    },
    dimension,
    embed: (text) => ofLengthOne(project(first!.encode([text]))),
  };
}

/** Float64 additions in the order of the components: the same bits everywhere. */
function ofLengthOne(vector: Float32Array): Float64Array {
  let square = 0;
  for (const component of vector) square += component * component;
  const length = Math.sqrt(square);
  return Float64Array.from(vector, (component) => (length === 0 ? 0 : component / length));
}

/** Weights of passages as shares of what they come to together, in their order. */
export function sharesOf(found: readonly Pick<Found, "weight">[]): number[] {
  let total = 0;
  for (const { weight } of found) total += weight;
  return found.map(({ weight }) => weight / total);
}

/** Passages that are searched for wrong ones, per wrong one that is wanted. */
const SEARCHED = 4;

/**
 * Trains a version on the library's lessons. Of a passage with several windows the one most like its question is taught; the wrong passages are
 * those that an untrained model takes for the best and that are no part of the right one.
 */
export function trainAnswerModel(
  createKernels: KernelFactory,
  parts: AnswerParts,
  library: Pick<Library, "passages" | "lessons">,
): Weights {
  const { recipe, encoders, passages } = parts;
  const { lessons } = library;
  const { dimension } = encoders[0]!;
  if (lessons.length === 0 || recipe.epochs === 0) return untrained(dimension);
  const weights = weightsOf(recipe);
  const questions = encoders.map((encoder) => encoder.encode(lessons.map(({ question }) => question)));
  const asked = encoders.map((encoder, e) => toInt8(questions[e]!, encoder.dimension));
  const windows = lessons.map(({ passage }) => windowsOf(passage));
  const vectors = encoders.map((encoder) => encoder.encode(windows.flat()));
  const candidates = encoders.map((encoder, e) => toInt8(vectors[e]!, encoder.dimension));
  const search = createInt8Search(createKernels, passages, weights);
  const right = new Int32Array(lessons.length);
  const wrong = new Int32Array(lessons.length * recipe.wrongPassages).fill(-1);
  const outlines = new Map<number, ReturnType<typeof outlineOf>>();
  const outlineAt = (passage: number) => {
    const known = outlines.get(passage) ?? outlineOf(library.passages[passage]!.text);
    outlines.set(passage, known);
    return known;
  };
  let first = 0;
  for (const [l, { passage }] of lessons.entries()) {
    const count = windows[l]!.length;
    right[l] = mostSimilarOf(asked, l, candidates, weights, first, count);
    first += count;
    const reference = outlineOf(passage);
    const misleading = search
      .mostSimilar(asked, l, SEARCHED * recipe.wrongPassages)
      .filter(({ row }) => !overlaps(outlineAt(row), reference))
      .slice(0, recipe.wrongPassages);
    wrong.set(
      misleading.map(({ row }) => row),
      l * recipe.wrongPassages,
    );
  }
  const encoded = encoders.map((encoder, e): EncodedLessons => ({
    ...{ dimension: encoder.dimension, weight: weights[e]!, questions: questions[e]! },
    ...{ windows: vectors[e]!, passages: passages[e]! },
  }));
  return trainProjection(createKernels, recipe, { right, wrong, encoded });
}
