import type { KernelFactory } from "../../numerics/kernels.ts";
import { permutation, randomStream } from "../../numerics/random.ts";
import { aligned, createWorkspace, type Workspace } from "../../numerics/workspace.ts";
import type { Weights } from "../weights.ts";
import type { AnswersRecipe } from "./answersRecipe.ts";

/** Name of the one tensor that is trained. */
const PROJECTION = "projection";
const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;

/** What a question is trained on. All are rows of vectors of the same length. */
export interface Lessons {
  readonly dimension: number;
  readonly questions: Float32Array;
  /** The passage that answers each question. */
  readonly right: Float32Array;
  /** Passages that do not, `wrongPassages` for each question. */
  readonly wrong: Float32Array;
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
 * Trains the projection W that questions go through, from the identity on: for each batch the softmax over `sharpness · (q W)·p` of the right
 * passages and the wrong ones of the whole batch, cross-entropy with each question's own, Adam with a rate that falls to 0. In
 * `ieee-sequential/1`; the order of the questions is the seed's.
 */
export function trainProjection(createKernels: KernelFactory, recipe: AnswersRecipe, lessons: Lessons): Weights {
  const { dimension } = lessons;
  const weights = untrained(dimension);
  const count = lessons.questions.length / dimension;
  if (count === 0 || recipe.epochs === 0) return weights;
  const batch = Math.min(recipe.batch, count);
  const trainer = createTrainer(createKernels, recipe, dimension, batch);
  trainer.weights.set(weights[0]!.values);
  const perEpoch = Math.ceil(count / batch);
  const steps = recipe.epochs * perEpoch;
  let step = 0;
  for (let epoch = 0; epoch < recipe.epochs; epoch++) {
    const order = permutation(randomStream(recipe.seed, epoch), count);
    for (let first = 0; first < count; first += batch) {
      const rows = order.subarray(first, Math.min(count, first + batch));
      trainer.step(lessons, rows, recipe.learningRate * (1 - step++ / steps));
    }
  }
  return [{ ...weights[0]!, values: trainer.weights.slice() }];
}

/** The questions as they are looked for: rows x W. */
export function project(
  createKernels: KernelFactory,
  weights: Weights,
  rows: Float32Array,
  dimension: number,
): Float32Array {
  const count = rows.length / dimension;
  const elements = 2 * aligned(rows.length) + aligned(dimension * dimension);
  const space = createWorkspace(createKernels, elements, "ask fewer questions at a time");
  const [x, w, out] = [rows.length, dimension * dimension, rows.length].map((size) => space.allocate(size)) as [
    number,
    number,
    number,
  ];
  space.floats(x, rows.length).set(rows);
  space.floats(w, dimension * dimension).set(weights[0]!.values);
  product(space, count, dimension, dimension, x, dimension, 1, w, dimension, 1, out);
  return space.floats(out, rows.length).slice();
}

// prettier-ignore
function product(
  { kernels, scratch }: Workspace, m: number, n: number, k: number,
  a: number, aRow: number, aColumn: number, b: number, bRow: number, bColumn: number, c: number,
): void {
  kernels.gemm(m, n, k, 1, a, aRow, aColumn, b, bRow, bColumn, 0, c, n, scratch);
}

function createTrainer(createKernels: KernelFactory, recipe: AnswersRecipe, dimension: number, batch: number) {
  const candidates = batch * (1 + recipe.wrongPassages);
  const square = dimension * dimension;
  const sizes = {
    ...{ weights: square, gradient: square, mean: square, variance: square },
    ...{ questions: batch * dimension, projected: batch * dimension, passages: candidates * dimension },
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

  return {
    weights,
    step(lessons: Lessons, rows: Uint32Array, rate: number): void {
      const count = rows.length;
      const passages = gather(space, at, lessons, rows, recipe.wrongPassages, dimension);
      product(space, count, dimension, dimension, at.questions, dimension, 1, at.weights, dimension, 1, at.projected);
      product(space, count, passages, dimension, at.projected, dimension, 1, at.passages, 1, dimension, at.scores);
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

/** Lays a batch out: the questions, and the passages that they are compared with. Returns how many passages. */
function gather(
  space: Workspace,
  at: { readonly questions: number; readonly passages: number; readonly labels: number },
  { questions, right, wrong }: Lessons,
  rows: Uint32Array,
  wrongEach: number,
  dimension: number,
): number {
  const count = rows.length;
  const passages = count * (1 + wrongEach);
  const questionRows = space.floats(at.questions, count * dimension);
  const passageRows = space.floats(at.passages, passages * dimension);
  const labels = space.integers(at.labels, count);
  for (const [i, row] of rows.entries()) {
    questionRows.set(questions.subarray(row * dimension, (row + 1) * dimension), i * dimension);
    passageRows.set(right.subarray(row * dimension, (row + 1) * dimension), i * dimension);
    const [from, to] = [row * wrongEach * dimension, (row + 1) * wrongEach * dimension];
    passageRows.set(wrong.subarray(from, to), (count + i * wrongEach) * dimension);
    labels[i] = i;
  }
  return passages;
}
