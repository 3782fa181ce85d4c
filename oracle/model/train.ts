import type { Scalar, Tensor, Tensor2D } from "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs";
import { ContentError } from "../common/errors.ts";
import type { KernelFactory } from "../numerics/kernels.ts";
import { permutation, randomStream } from "../numerics/random.ts";
import type { Architecture, Layer } from "./architecture.ts";
import { architectureOf } from "./architecture.ts";
import { checkRows, preparedInputs } from "./batches.ts";
import type { Engine, TrainingEngine } from "./engine.ts";
import type { InputTensors } from "./forward.ts";
import { forward, inputTensors } from "./forward.ts";
import { ieeeEngine } from "./ieeeEngine.ts";
import { startingWeights, STREAM } from "./initialWeights.ts";
import type { Recipe } from "./recipe.ts";
import type { LabelledRows } from "./rows.ts";
import { labelsOf, NO_LABEL, rowCount } from "./rows.ts";
import { requireTrainingRoom } from "./trainingMemory.ts";
import type { Weights } from "./weights.ts";
import { checkWeights } from "./weights.ts";

/** State of a training run after an epoch. */
export interface TrainingProgress {
  readonly member: number;
  /** Epochs done, from 1. */
  readonly epoch: number;
  readonly epochs: number;
  /** Mean cross-entropy over the epoch's rows, or the tokens of sequences, as each was seen. */
  readonly loss: number;
}

export interface TrainOptions {
  /** Weights to start from (a parent model's) instead of random ones. */
  readonly start?: Weights;
  readonly onProgress?: (progress: TrainingProgress) => void;
}

/** Training left the finite numbers; the run stops at the first place. */
export class TrainingDivergedError extends ContentError {
  readonly layer: string;
  readonly row: number;
  readonly step: number;
  constructor(layer: string, row: number, step: number, value: number) {
    super(
      `training diverged: ${value} in "${layer}" at training row ${row}, step ${step}: lower the learning rate or check the row`,
    );
    this.layer = layer;
    this.row = row;
    this.step = step;
  }
}

/**
 * Trains one member of a recipe's ensemble with TensorFlow.js on the `ieee-sequential` backend. The same recipe, rows and member give the
 * same weights bit for bit, whatever the machine.
 *
 * @param member index into the ensemble: selects initial weights, batches and dropout
 * @throws TrainingDivergedError, RowsError, TensorMismatchError, TrainingTooLargeError, ParentNeededError
 */
export function trainMember(
  createKernels: KernelFactory,
  recipe: Recipe,
  rows: LabelledRows,
  member: number,
  options: TrainOptions = {},
): Weights {
  const architecture = architectureOf(recipe);
  requireTrainingRoom(architecture, Math.min(recipe.batch, rowCount(rows.inputs)));
  const parameters = trainParameters(ieeeEngine(createKernels), recipe, rows, member, options);
  try {
    return architecture.parameters.map(({ name, shape }, i) => ({
      name,
      shape,
      values: parameters[i]!.dataSync() as Float32Array,
    }));
  } finally {
    tf.dispose(parameters);
  }
}

/**
 * The training itself, on any engine: the initial weights, the batches and the dropout are the same on all of them.
 *
 * @returns the trained parameters in the order of the architecture; the caller disposes of them
 * @throws TrainingDivergedError, RowsError, TensorMismatchError, ParentNeededError
 */
export function trainParameters<Parameter extends Tensor>(
  engine: TrainingEngine<Parameter>,
  recipe: Recipe,
  rows: LabelledRows,
  member: number,
  options: TrainOptions = {},
): Parameter[] {
  const architecture = architectureOf(recipe);
  checkRows(architecture, rows);
  const start = startingWeights(recipe, architecture, member, options.start);
  checkWeights(architecture, start);
  engine.use();
  const { ops } = engine;
  const inputs = preparedInputs(rows.inputs);
  const count = rowCount(rows.inputs);
  const batch = Math.min(recipe.batch, count);
  const stepsPerEpoch = Math.ceil(count / batch);
  const parameters = engine.parameters(start);
  const isTrained = architecture.parameters.map(({ name }) => architecture.trained.has(name));
  const trained = parameters.filter((_, i) => isTrained[i]);
  const optimizer = engine.createOptimizer(recipe.optimizer, trained, stepsPerEpoch * recipe.epochs);
  try {
    for (let epoch = 0; epoch < recipe.epochs; epoch++) {
      const order = permutation(randomStream(recipe.seed, member, STREAM.batches, epoch), count);
      let [total, targets] = [0, 0];
      for (let s = 0; s < stepsPerEpoch; s++) {
        const step = epoch * stepsPerEpoch + s;
        const chosen = order.subarray(s * batch, Math.min((s + 1) * batch, count));
        tf.tidy(() => {
          const input = inputTensors(inputs, chosen);
          const classes = labelsOf(rows, chosen);
          const labels = tf.tensor1d(classes, "int32");
          const masks = dropoutMasks(architecture, recipe, member, step, chosen.length);
          const { value, grads } = tf.valueAndGrads((...current: Tensor[]) => {
            const all = withTrained(parameters, isTrained, current);
            return ops.meanCrossEntropy(forward(ops, architecture, all, input, { masks }), labels) as Scalar;
          })(trained);
          const loss = value.dataSync()[0]!;
          if (!Number.isFinite(loss)) throw divergence(engine, architecture, parameters, input, chosen, step);
          const judged = classes.reduce((sum, label) => sum + Number(label !== NO_LABEL), 0);
          total += loss * judged;
          targets += judged;
          optimizer.update(grads, step);
        });
      }
      requireFinite(architecture, parameters, order[count - 1]!, (epoch + 1) * stepsPerEpoch - 1);
      options.onProgress?.({ member, epoch: epoch + 1, epochs: recipe.epochs, loss: total / targets });
    }
    return parameters;
  } catch (error) {
    tf.dispose(parameters);
    throw error;
  } finally {
    optimizer.dispose();
  }
}

/** The parameters with the trained ones replaced. */
function withTrained(all: readonly Tensor[], isTrained: readonly boolean[], trained: readonly Tensor[]): Tensor[] {
  let next = 0;
  return all.map((tensor, i) => (isTrained[i] ? trained[next++]! : tensor));
}

/** Dropout factors of a step: 0 with the layer's probability, else 1 / (1 - probability). */
function dropoutMasks(
  architecture: Architecture,
  recipe: Recipe,
  member: number,
  step: number,
  rows: number,
): ReadonlyMap<Layer, Tensor2D> {
  const masks = new Map<Layer, Tensor2D>();
  for (const [index, layer] of architecture.layers.entries()) {
    if (layer.kind !== "dense" || layer.dropout === 0) continue;
    const stream = randomStream(recipe.seed, member, STREAM.dropout + index, step);
    const threshold = layer.dropout * 4294967296;
    const kept = 1 / (1 - layer.dropout);
    const applied = rows * layer.positions;
    const factors = Float32Array.from({ length: applied * layer.outputs }, () =>
      stream.uint32() < threshold ? 0 : kept,
    );
    masks.set(layer, tf.tensor2d(factors, [applied, layer.outputs]));
  }
  return masks;
}

/** Where the first value that is not finite appeared: the lowest layer, then the first row of the batch. */
function divergence(
  { ops }: Engine,
  architecture: Architecture,
  parameters: readonly Tensor[],
  input: InputTensors,
  rows: Uint32Array,
  step: number,
): TrainingDivergedError {
  let found: TrainingDivergedError | undefined;
  const tap = (layer: Layer, _input: Tensor2D | undefined, z: Tensor2D) => {
    const values = z.dataSync();
    const bad = found === undefined ? values.findIndex((value) => !Number.isFinite(value)) : -1;
    const row = rows[Math.floor((bad * rows.length) / values.length)];
    if (bad >= 0) found = new TrainingDivergedError(layer.name, row!, step, values[bad]!);
    return z;
  };
  forward(ops, architecture, parameters, input, { tap });
  return found ?? new TrainingDivergedError("loss", rows[0]!, step, NaN);
}

function requireFinite(architecture: Architecture, parameters: readonly Tensor[], row: number, step: number): void {
  for (const [i, { name }] of architecture.parameters.entries()) {
    const bad = (parameters[i]!.dataSync() as Float32Array).find((value) => !Number.isFinite(value));
    if (bad !== undefined) throw new TrainingDivergedError(name, row, step, bad);
  }
}
