import type { KernelFactory } from "../numerics/kernels.ts";
import { aligned, createWorkspace } from "../numerics/workspace.ts";
import { architectureOf } from "./architecture.ts";
import { checkInputs, largestBatchEntries, placeRows, preparedInputs } from "./batches.ts";
import { createNetwork, networkElements } from "./network.ts";
import type { Recipe } from "./recipe.ts";
import type { Inputs } from "./rows.ts";
import { rowCount } from "./rows.ts";
import type { Weights } from "./weights.ts";
import { flattenWeights } from "./weights.ts";

const BATCH = 256;

/** A model over rows is not a number there. */
export class PredictionError extends Error {
  constructor(row: number, value: number) {
    super(`the model gives ${value} for row ${row}: its weights or the row are out of range`);
    this.name = "PredictionError";
  }
}

export interface Predictions {
  readonly classes: number;
  /** rows x classes. */
  readonly logits: Float32Array;
  /** rows x classes, softmax of the logits. */
  readonly probabilities: Float32Array;
}

/** Runs one model over rows. @throws RowsError, TensorMismatchError, PredictionError */
export function predict(createKernels: KernelFactory, recipe: Recipe, weights: Weights, inputs: Inputs): Predictions {
  const architecture = architectureOf(recipe);
  checkInputs(architecture, inputs);
  const count = rowCount(inputs);
  const prepared = preparedInputs(inputs);
  const batch = Math.max(1, Math.min(BATCH, count));
  const entries = largestBatchEntries(prepared, batch);
  const { classes, parameterElements } = architecture;
  const elements =
    aligned(parameterElements) +
    networkElements(architecture, batch, entries) +
    aligned(batch * classes) +
    aligned(2 * classes);
  const space = createWorkspace(createKernels, elements, "use a smaller model");
  const parameters = space.allocate(parameterElements);
  flattenWeights(architecture, weights, space.floats(parameters, parameterElements));
  const network = createNetwork(space, architecture, parameters, batch, entries);
  const out = space.allocate(batch * classes);
  const scratch = space.allocate(2 * classes);

  const logits = new Float32Array(count * classes);
  const probabilities = new Float32Array(count * classes);
  for (let first = 0; first < count; first += batch) {
    const size = Math.min(batch, count - first);
    placeRows(
      network,
      prepared,
      Int32Array.from({ length: size }, (_, i) => first + i),
    );
    network.forward(size, false);
    space.kernels.softmax(size, classes, network.logits, out, scratch);
    logits.set(space.floats(network.logits, size * classes), first * classes);
    probabilities.set(space.floats(out, size * classes), first * classes);
  }
  const bad = logits.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw new PredictionError(Math.floor(bad / classes), logits[bad]!);
  return { classes, logits, probabilities };
}

/**
 * Class probabilities of an ensemble: the mean of its models' probabilities, added in the order of the models.
 * This is what a version answers with.
 */
export function predictEnsemble(
  createKernels: KernelFactory,
  recipe: Recipe,
  models: readonly Weights[],
  inputs: Inputs,
): Float32Array {
  const [first, ...others] = models.map((weights) => predict(createKernels, recipe, weights, inputs).probabilities);
  if (first === undefined) throw new RangeError("an ensemble has at least one model");
  for (let i = 0; i < first.length; i++) {
    let sum = first[i]!;
    for (const probabilities of others) sum += probabilities[i]!;
    first[i] = sum / models.length;
  }
  return first;
}

/** Index of the largest probability of each row; the lowest index where several are equal. */
export function argmaxRows(values: Float32Array, classes: number): Int32Array {
  const result = new Int32Array(values.length / classes);
  for (let r = 0; r < result.length; r++) {
    let best = 0;
    for (let c = 1; c < classes; c++) if (values[r * classes + c]! > values[r * classes + best]!) best = c;
    result[r] = best;
  }
  return result;
}
