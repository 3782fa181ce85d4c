import type { KernelFactory } from "../../numerics/kernels.ts";
import { permutation, randomStream } from "../../numerics/random.ts";
import { aligned, createWorkspace, type Workspace } from "../../numerics/workspace.ts";
import type { Weights } from "../weights.ts";
import type { AnswersRecipe } from "./answersRecipe.ts";
import type { Int8Rows } from "./int8Rows.ts";

/** Name of the one tensor that is trained. */
const PROJECTION = "projection";
const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;

/** Lessons in one encoder: rows of vectors. */
export interface EncodedLessons {
  readonly dimension: number;
  /** What similarities in this encoder count. */
  readonly weight: number;
  readonly questions: Float32Array;
  /** What right passages are among. */
  readonly windows: Float32Array;
  /** What wrong ones are among. */
  readonly passages: Int8Rows;
}

/** What a question is trained on. */
export interface Lessons {
  /** The window that answers each question. */
  readonly right: Int32Array;
  /** Passages that do not, `wrongPassages` for each question; below 0 for none. */
  readonly wrong: Int32Array;
  /** By encoder; the first one's questions are projected. */
  readonly encoded: readonly EncodedLessons[];
}

/** Before any training a question is looked for as it is encoded. */
export function untrained(dimension: number): Weights {
  const values = new Float32Array(dimension * dimension);
  for (let i = 0; i < dimension; i++) values[i * dimension + i] = 1;
  return [{ name: PROJECTION, shape: [dimension, dimension], values }];
}

/** Shape of the trained tensor, to read it from a file. */
export function projectionShape(dimension: number) {
  return [{ name: PROJECTION, shape: [dimension, dimension], elements: dimension * dimension }];
}

/**
 * Trains the projection W that questions go through, from the identity on: for each batch the softmax over `sharpness · similarity` of the right
 * passages and the wrong ones of the whole batch, cross-entropy with each question's own, Adam with a rate that falls to 0. A similarity is
 * (q W)·p in the first encoder, and weight · q·p in the next, which W learns to stand beside. In `ieee-sequential/1`; the order of the questions is
 * the seed's.
 */
export function trainProjection(createKernels: KernelFactory, recipe: AnswersRecipe, lessons: Lessons): Weights {
  const count = lessons.right.length;
  const weights = untrained(lessons.encoded[0]!.dimension);
  if (count === 0 || recipe.epochs === 0) return weights;
  const batch = Math.min(recipe.batch, count);
  const trainer = createTrainer(createKernels, recipe, lessons, batch);
  trainer.weights.set(weights[0]!.values);
  const perEpoch = Math.ceil(count / batch);
  const steps = recipe.epochs * perEpoch;
  let step = 0;
  for (let epoch = 0; epoch < recipe.epochs; epoch++) {
    const order = permutation(randomStream(recipe.seed, epoch), count);
    for (let first = 0; first < count; first += batch) {
      const rows = order.subarray(first, Math.min(count, first + batch));
      trainer.step(rows, recipe.learningRate * (1 - step++ / steps));
    }
  }
  return [{ ...weights[0]!, values: trainer.weights.slice() }];
}

/** Questions that are projected at the same time. */
const ASKED = 64;

/** Gives questions as they are looked for: rows x W. */
export function openProjection(
  createKernels: KernelFactory,
  weights: Weights,
  dimension: number,
): (rows: Float32Array) => Float32Array {
  const most = ASKED * dimension;
  const elements = 2 * aligned(most) + aligned(dimension * dimension);
  const space = createWorkspace(createKernels, elements, "use a smaller encoder");
  const [x, w, out] = [space.allocate(most), space.allocate(dimension * dimension), space.allocate(most)];
  space.floats(w, dimension * dimension).set(weights[0]!.values);
  return (rows) => {
    const projected = new Float32Array(rows.length);
    for (let first = 0; first < rows.length; first += most) {
      const some = rows.subarray(first, first + most);
      space.floats(x, some.length).set(some);
      product(space, some.length / dimension, dimension, dimension, x, dimension, 1, w, dimension, 1, out);
      projected.set(space.floats(out, some.length), first);
    }
    return projected;
  };
}

// prettier-ignore
function product(
  { kernels, scratch }: Workspace, m: number, n: number, k: number,
  a: number, aRow: number, aColumn: number, b: number, bRow: number, bColumn: number, c: number, beta = 0,
): void {
  kernels.gemm(m, n, k, 1, a, aRow, aColumn, b, bRow, bColumn, beta, c, n, scratch);
}

function createTrainer(createKernels: KernelFactory, recipe: AnswersRecipe, lessons: Lessons, batch: number) {
  const candidates = batch * (1 + recipe.wrongPassages);
  const [{ dimension }] = lessons.encoded as [EncodedLessons];
  const widest = lessons.encoded.reduce((most, one) => Math.max(most, one.dimension), 0);
  const square = dimension * dimension;
  const sizes = {
    ...{ weights: square, gradient: square, mean: square, variance: square },
    ...{ questions: batch * widest, projected: batch * dimension, passages: candidates * widest },
    ...{ scores: batch * candidates, delta: batch * candidates, labels: batch, pull: batch * dimension },
    ...{ loss: 2 * batch, doubles: 2 * candidates },
  };
  const elements = Object.values(sizes).reduce((sum, size) => sum + aligned(size), 0);
  const space = createWorkspace(createKernels, elements, "lower the recipe's batch or wrongPassages");
  const at = Object.fromEntries(Object.entries(sizes).map(([name, size]) => [name, space.allocate(size)])) as Record<
    keyof typeof sizes,
    number
  >;
  const weights = space.floats(at.weights, square);
  space.floats(at.mean, square).fill(0);
  space.floats(at.variance, square).fill(0);
  const { kernels } = space;
  let [power1, power2] = [1, 1];

  /** Similarities in the encoders that are not trained; the first one's are added by the caller. */
  function besides(rows: Uint32Array, passages: number): void {
    space.floats(at.scores, rows.length * passages).fill(0);
    for (const one of lessons.encoded.slice(1)) {
      gather(space, at, lessons, one, rows, recipe.wrongPassages);
      const width = one.dimension;
      const questions = space.floats(at.questions, rows.length * width);
      for (let i = 0; i < questions.length; i++) questions[i] = questions[i]! * one.weight;
      product(space, rows.length, passages, width, at.questions, width, 1, at.passages, 1, width, at.scores, 1);
    }
  }

  return {
    weights,
    step(rows: Uint32Array, rate: number): void {
      const count = rows.length;
      const passages = count * (1 + recipe.wrongPassages);
      besides(rows, passages);
      gather(space, at, lessons, lessons.encoded[0]!, rows, recipe.wrongPassages);
      const labels = space.integers(at.labels, count);
      for (let i = 0; i < count; i++) labels[i] = i;
      product(space, count, dimension, dimension, at.questions, dimension, 1, at.weights, dimension, 1, at.projected);
      product(space, count, passages, dimension, at.projected, dimension, 1, at.passages, 1, dimension, at.scores, 1);
      const scores = space.floats(at.scores, count * passages);
      for (let i = 0; i < scores.length; i++) scores[i] = scores[i]! * recipe.sharpness;
      kernels.crossEntropy(count, passages, 1 / count, at.scores, at.labels, at.delta, at.loss, at.doubles);
      const delta = space.floats(at.delta, count * passages);
      for (let i = 0; i < delta.length; i++) delta[i] = delta[i]! * recipe.sharpness;
      product(space, count, dimension, passages, at.delta, passages, 1, at.passages, dimension, 1, at.pull);
      product(space, dimension, dimension, count, at.questions, 1, dimension, at.pull, dimension, 1, at.gradient);
      power1 *= BETA1;
      power2 *= BETA2;
      const corrected = rate / (1 - power1);
      const correction = 1 / (1 - power2);
      kernels.adamStep(
        square,
        corrected,
        BETA1,
        BETA2,
        correction,
        EPSILON,
        at.weights,
        at.gradient,
        at.mean,
        at.variance,
      );
    },
  };
}

/** Lays a batch out in one encoder: the questions, and the passages that they are compared with; where there is no wrong one, zeros. */
function gather(
  space: Workspace,
  at: { readonly questions: number; readonly passages: number },
  { right, wrong }: Lessons,
  { dimension, questions, windows, passages }: EncodedLessons,
  rows: Uint32Array,
  wrongEach: number,
): void {
  const count = rows.length;
  const questionRows = space.floats(at.questions, count * dimension);
  const passageRows = space.floats(at.passages, count * (1 + wrongEach) * dimension);
  for (const [i, row] of rows.entries()) {
    questionRows.set(questions.subarray(row * dimension, (row + 1) * dimension), i * dimension);
    passageRows.set(windows.subarray(right[row]! * dimension, (right[row]! + 1) * dimension), i * dimension);
    for (let w = 0; w < wrongEach; w++) {
      const passage = wrong[row * wrongEach + w]!;
      const to = (count + i * wrongEach + w) * dimension;
      const scale = passage < 0 ? 0 : passages.scales[passage]!;
      for (let j = 0; j < dimension; j++) {
        passageRows[to + j] = passage < 0 ? 0 : passages.values[passage * dimension + j]! * scale;
      }
    }
  }
}
