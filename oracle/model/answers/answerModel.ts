import type { Library } from "../../data/written/library.ts";
import { searchTextOf } from "../../data/written/library.ts";
import { outlineOf, overlaps } from "../../data/written/overlap.ts";
import { windowsOf } from "../../data/written/windows.ts";
import { exp } from "../../numerics/elementary.ts";
import type { KernelFactory } from "../../numerics/kernels.ts";
import type { Weights } from "../weights.ts";
import type { AnswersRecipe } from "./answersRecipe.ts";
import type { Encoder } from "./encoder.ts";
import { type Int8Rows, mostSimilar, toInt8 } from "./int8Rows.ts";
import { type Lessons, project, trainProjection, untrained } from "./projection.ts";

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
}

/** What an answer model is made of besides its weights. */
export interface AnswerParts {
  readonly recipe: AnswersRecipe;
  readonly encoder: Encoder;
  readonly passages: Int8Rows;
}

/** Encodes a library's passages, which takes the time of a version. */
export function encodeLibrary(
  recipe: AnswersRecipe,
  encoder: Encoder,
  { passages }: Pick<Library, "passages">,
): AnswerParts {
  return { recipe, encoder, passages: toInt8(encoder.encode(passages.map(searchTextOf)), encoder.dimension) };
}

export function openAnswerModel(createKernels: KernelFactory, parts: AnswerParts, weights: Weights): AnswerModel {
  const { recipe, encoder, passages } = parts;
  return {
    find(questions) {
      const rows = project(createKernels, weights, encoder.encode(questions), encoder.dimension);
      const asked = toInt8(rows, encoder.dimension);
      return questions.map((_, q) => {
        if (asked.scales[q] === 0) return [];
        const matches = mostSimilar(asked, q, passages, recipe.considered);
        const best = matches[0]?.similarity ?? 0;
        return matches.map(({ row, similarity }) => ({
          passage: row,
          similarity,
          weight: exp(recipe.sharpness * (similarity - best)),
        }));
      });
    },
  };
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
  const { recipe, encoder, passages } = parts;
  const { lessons } = library;
  const { dimension } = encoder;
  if (lessons.length === 0 || recipe.epochs === 0) return untrained(dimension);
  const questions = encoder.encode(lessons.map(({ question }) => question));
  const asked = toInt8(questions, dimension);
  const windows = lessons.map(({ passage }) => windowsOf(passage));
  const vectors = encoder.encode(windows.flat());
  const candidates = toInt8(vectors, dimension);
  const right = new Float32Array(questions.length);
  const wrong = new Float32Array(questions.length * recipe.wrongPassages);
  const outlines = new Map<number, ReturnType<typeof outlineOf>>();
  const outlineAt = (passage: number) => {
    const known = outlines.get(passage) ?? outlineOf(library.passages[passage]!.text);
    outlines.set(passage, known);
    return known;
  };
  let first = 0;
  for (const [l, { passage }] of lessons.entries()) {
    const own = rowsOf(candidates, first, windows[l]!.length);
    const best = first + (mostSimilar(asked, l, own, 1)[0]?.row ?? 0);
    right.set(vectors.subarray(best * dimension, (best + 1) * dimension), l * dimension);
    first += windows[l]!.length;
    const reference = outlineOf(passage);
    const misleading = mostSimilar(asked, l, passages, SEARCHED * recipe.wrongPassages)
      .filter(({ row }) => !overlaps(outlineAt(row), reference))
      .slice(0, recipe.wrongPassages);
    for (const [w, { row }] of misleading.entries()) {
      const at = (l * recipe.wrongPassages + w) * dimension;
      for (let j = 0; j < dimension; j++) wrong[at + j] = passages.values[row * dimension + j]! * passages.scales[row]!;
    }
  }
  return trainProjection(createKernels, recipe, { dimension, questions, right, wrong } satisfies Lessons);
}

function rowsOf({ dimension, values, scales }: Int8Rows, first: number, count: number): Int8Rows {
  return {
    dimension,
    values: values.subarray(first * dimension, (first + count) * dimension),
    scales: scales.subarray(first, first + count),
  };
}
