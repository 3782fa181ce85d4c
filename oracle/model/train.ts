import type { KernelFactory } from "../numerics/kernels.ts";
import { permutation, randomStream } from "../numerics/random.ts";
import type { Workspace } from "../numerics/workspace.ts";
import { aligned, createWorkspace } from "../numerics/workspace.ts";
import type { Architecture } from "./architecture.ts";
import { architectureOf } from "./architecture.ts";
import { initialWeights, STREAM } from "./initialWeights.ts";
import type { Network } from "./network.ts";
import { createNetwork, networkElements } from "./network.ts";
import type { Recipe } from "./recipe.ts";
import type { LabelledRows } from "./rows.ts";
import { checkRows, largestBatchEntries, placeRows, preparedInputs } from "./batches.ts";
import type { Weights } from "./weights.ts";
import { flattenWeights, unflattenWeights } from "./weights.ts";

/** State of a training run after an epoch. */
export interface TrainingProgress {
  readonly member: number;
  /** Epochs done, from 1. */
  readonly epoch: number;
  readonly epochs: number;
  /** Mean cross-entropy over the epoch's rows, as each was seen. */
  readonly loss: number;
}

export interface TrainOptions {
  /** Weights to start from (a parent model's) instead of random ones. */
  readonly start?: Weights;
  readonly onProgress?: (progress: TrainingProgress) => void;
}

/** Training left the finite numbers; the run stops at the first place. */
export class TrainingDivergedError extends Error {
  readonly layer: string;
  readonly row: number;
  readonly step: number;
  constructor(layer: string, row: number, step: number, value: number) {
    super(
      `training diverged: ${value} in "${layer}" at training row ${row}, step ${step}: lower the learning rate or check the row`,
    );
    this.name = "TrainingDivergedError";
    this.layer = layer;
    this.row = row;
    this.step = step;
  }
}

/**
 * Trains one member of a recipe's ensemble. The same recipe, rows and member give the same weights bit for bit, whatever
 * the machine.
 *
 * @param member index into the ensemble: selects initial weights, batches and dropout
 * @throws TrainingDivergedError, RowsError, TensorMismatchError, WorkspaceTooLargeError
 */
export function trainMember(
  createKernels: KernelFactory,
  recipe: Recipe,
  rows: LabelledRows,
  member: number,
  options: TrainOptions = {},
): Weights {
  const architecture = architectureOf(recipe);
  checkRows(architecture, rows);
  const count = rows.labels.length;
  const batch = Math.min(recipe.batch, count);
  const inputs = preparedInputs(rows.inputs);
  const entries = largestBatchEntries(inputs, batch);
  const { parameterElements, classes } = architecture;
  const elements =
    4 * aligned(parameterElements) +
    networkElements(architecture, batch, entries) +
    3 * aligned(batch) +
    2 * aligned(classes);
  const space = createWorkspace(createKernels, elements, "lower the recipe's batch or its layer sizes");
  const { kernels } = space;

  const parameters = space.allocate(parameterElements);
  const gradient = space.allocate(parameterElements);
  const optimizer = createOptimizer(space, recipe, parameterElements);
  const network = createNetwork(space, architecture, parameters, batch, entries);
  const labels = space.allocate(batch);
  const losses = space.allocate(2 * batch);
  const probabilities = space.allocate(2 * classes);

  const flat = space.floats(parameters, parameterElements);
  flattenWeights(architecture, options.start ?? initialWeights(recipe, architecture, member), flat);
  space.floats(gradient, parameterElements).fill(0);

  const stepsPerEpoch = Math.ceil(count / batch);
  const steps = stepsPerEpoch * recipe.epochs;
  for (let epoch = 0; epoch < recipe.epochs; epoch++) {
    const order = permutation(randomStream(recipe.seed, member, STREAM.batches, epoch), count);
    let total = 0;
    for (let s = 0; s < stepsPerEpoch; s++) {
      const step = epoch * stepsPerEpoch + s;
      const chosen = order.subarray(s * batch, Math.min((s + 1) * batch, count));
      const size = chosen.length;
      placeRows(network, inputs, chosen);
      space.integers(labels, size).set(Int32Array.from(chosen, (row) => rows.labels[row]!));
      drawDropout(space, network, recipe, member, step, size);
      network.forward(size, true);
      kernels.crossEntropy(size, classes, 1 / size, network.logits, labels, network.outputDelta, losses, probabilities);
      const loss = space.doubles(losses, size).reduce((sum, value) => sum + value, 0);
      if (!Number.isFinite(loss)) throw divergence(space, network, architecture, chosen, step);
      total += loss;
      network.backward(size, true, gradient);
      optimizer(parameters, gradient, step, steps);
    }
    const bad = flat.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) {
      const tensor = architecture.parameters.findLast(({ offset }) => offset <= bad)!;
      throw new TrainingDivergedError(tensor.name, order[count - 1]!, (epoch + 1) * stepsPerEpoch - 1, flat[bad]!);
    }
    options.onProgress?.({ member, epoch: epoch + 1, epochs: recipe.epochs, loss: total / count });
  }
  return unflattenWeights(architecture, flat);
}

/** One optimiser step; the learning rate follows the recipe's schedule. */
type Optimizer = (parameters: number, gradient: number, step: number, steps: number) => void;

function createOptimizer(space: Workspace, recipe: Recipe, count: number): Optimizer {
  const { kernels } = space;
  const { optimizer } = recipe;
  const first = space.allocate(count);
  space.floats(first, count).fill(0);
  const rateAt = (step: number, steps: number) =>
    optimizer.schedule === "linear" ? optimizer.learningRate * (1 - step / steps) : optimizer.learningRate;
  if (optimizer.kind === "sgd") {
    return (parameters, gradient, step, steps) => {
      const { momentum, weightDecay } = optimizer;
      kernels.momentumStep(count, rateAt(step, steps), momentum, weightDecay, parameters, gradient, first);
    };
  }
  const second = space.allocate(count);
  space.floats(second, count).fill(0);
  const { beta1, beta2, epsilon } = optimizer;
  let power1 = 1;
  let power2 = 1;
  return (parameters, gradient, step, steps) => {
    power1 *= beta1;
    power2 *= beta2;
    const rate = rateAt(step, steps) / (1 - power1);
    kernels.adamStep(count, rate, beta1, beta2, 1 / (1 - power2), epsilon, parameters, gradient, first, second);
  };
}

/** Dropout factors of a step: 0 with the layer's probability, else 1 / (1 - probability). */
function drawDropout(
  space: Workspace,
  network: Network,
  recipe: Recipe,
  member: number,
  step: number,
  rows: number,
): void {
  for (const [index, { layer, mask }] of network.layers.entries()) {
    if (layer.kind !== "dense" || layer.dropout === 0) continue;
    const stream = randomStream(recipe.seed, member, STREAM.dropout + index, step);
    const threshold = layer.dropout * 4294967296;
    const kept = 1 / (1 - layer.dropout);
    const factors = space.floats(mask, rows * layer.outputs);
    for (let i = 0; i < factors.length; i++) factors[i] = stream.uint32() < threshold ? 0 : kept;
  }
}

/** Where the first value that is not finite appeared: the lowest layer, then the first row of the batch. */
function divergence(
  space: Workspace,
  network: Network,
  architecture: Architecture,
  rows: Uint32Array,
  step: number,
): TrainingDivergedError {
  for (const { layer, z } of network.layers) {
    const width = layer.kind === "convolution" ? layer.positions * layer.outputs : layer.outputs;
    const values = space.floats(z, rows.length * width);
    const bad = values.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) return new TrainingDivergedError(layer.name, rows[Math.floor(bad / width)]!, step, values[bad]!);
  }
  const name = architecture.layers.at(-1)!.name;
  return new TrainingDivergedError(`${name} loss`, rows[0]!, step, NaN);
}
