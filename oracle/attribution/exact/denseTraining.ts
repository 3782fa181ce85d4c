import { ContentError } from "../../common/errors.ts";
import { createDenseNet, parameterCount } from "./denseNet.ts";
import type { DenseArchitecture, DenseNet } from "./denseNet.ts";
import type { DenseWorkspace, Reals, Region } from "./denseKernels.ts";

/** SGD: v = momentum·v + g + decay·theta, theta -= rate·v. Adam: bias-corrected, decay decoupled, `rootEpsilon` under the root. */
export type Optimizer =
  | { readonly kind: "sgd"; readonly rate: number; readonly momentum: number; readonly decay: number }
  | {
      readonly kind: "adam";
      readonly rate: number;
      readonly beta1: number;
      readonly beta2: number;
      readonly epsilon: number;
      readonly rootEpsilon: number;
      readonly decay: number;
    };

export interface DenseRecipe extends DenseArchitecture {
  readonly optimizer: Optimizer;
  readonly batchSize: number;
  readonly epochs: number;
  /** `linear`: the rate falls from its full value to 0 over the run. */
  readonly schedule: "constant" | "linear";
}

/** Examples as rows of `features` (examples x widths[0]) with class numbers. */
export interface DenseData {
  readonly features: Float32Array;
  readonly labels: Int32Array;
}

/** The batches of a run: `ids` concatenates them, batch t is `ids.subarray(starts[t], starts[t + 1])`. */
export interface Batches {
  readonly ids: Int32Array;
  readonly starts: Int32Array;
}

/** Everything that determines a trained model besides the recipe and the data. */
export interface DenseRun {
  readonly batches: Batches;
  /** Initial weights. */
  readonly initKey: bigint;
  /** Dropout masks. */
  readonly dropoutKey: bigint;
}

const INIT_STREAM = 1n << 56n;
const ORDER_STREAM = 2n << 56n;
const DROPOUT_STREAM = 3n << 56n;
const SAMPLE_STREAM = 4n << 56n;

/** A training of the studies left the finite numbers. */
export class DenseTrainingError extends ContentError {
  constructor(row: number, step: number, loss: number) {
    super(
      `training diverged: the loss of training row ${row} is ${loss} at step ${step}: lower the rate or check the row`,
    );
  }
}

/** Loads data once and trains any number of models on parts of it. */
export interface DenseTrainer {
  readonly net: DenseNet;
  readonly recipe: DenseRecipe;
  /** Weight of every training row in the loss; 1 unless changed. The divisor stays the batch size when a weight is 0. */
  readonly rowWeights: Region<Reals>;
  /** The run that a seed stands for: `epochs` permutations of `rows`, the last batch of an epoch may be short. */
  plan(rows: Int32Array, seed: number): DenseRun;
  /** Sets the initial parameters and clears the optimizer's state. */
  start(run: DenseRun): void;
  /** One step; needs the state after step t - 1. */
  step(run: DenseRun, t: number): void;
  /** Runs all steps; the result is in `net.parameters`. @throws DenseTrainingError naming row and step where a loss is not finite */
  train(run: DenseRun): void;
  /** Parameters and optimizer state, copied out of and into the workspace. */
  saveState(): Reals[];
  restoreState(state: readonly Reals[]): void;
  /** First moment (or velocity) and second moment. */
  readonly moments: readonly Region<Reals>[];
  /** Forward and backward of step t's batch without the update; returns the batch's rows and the loss's scale. */
  differentiate(run: DenseRun, t: number): { rows: number; ids: Int32Array; scale: number };
  /** Per row of the last `differentiate`: weights, labels. */
  readonly batchWeights: Region<Reals>;
  readonly batchLabels: Region<Int32Array>;
  /** The optimizer's rate at step t. */
  rateAt(run: DenseRun, t: number): number;
  /** Calls `visit` with class probabilities and cross-entropies of consecutive rows of `data`, dropout off. */
  predict(
    data: DenseData,
    visit: (first: number, rows: number, probabilities: Reals, losses: Float64Array) => void,
  ): void;
  /** `size` of the numbers below `population`, ascending: the beginning of the permutation that `seed` stands for. */
  sample(population: number, size: number, seed: number): Int32Array;
}

export function createDenseTrainer(
  workspace: DenseWorkspace,
  recipe: DenseRecipe,
  data: DenseData,
  secondOrder = false,
): DenseTrainer {
  const { kernels } = workspace;
  const inputs = recipe.widths[0]!;
  const classes = recipe.widths.at(-1)!;
  const examples = data.labels.length;
  if (data.features.length !== examples * inputs) {
    throw new RangeError(`${examples} labels need ${examples * inputs} features, not ${data.features.length}`);
  }
  const maximalRows = Math.max(recipe.batchSize, 512);
  const net = createDenseNet(workspace, recipe, maximalRows, secondOrder);
  const count = parameterCount(recipe);
  const { optimizer } = recipe;
  const moments =
    optimizer.kind === "sgd" ? [workspace.reals(count)] : [workspace.reals(count), workspace.reals(count)];
  const features = workspace.reals(data.features.length);
  features.view.set(data.features);
  const rowWeights = workspace.reals(examples);
  rowWeights.view.fill(1);
  const ids = workspace.integers(maximalRows);
  const batchLabels = workspace.integers(maximalRows);
  const batchWeights = workspace.reals(maximalRows);
  const losses = workspace.doubles(maximalRows);
  const order = workspace.integers(examples);

  function rateAt(run: DenseRun, t: number): number {
    const steps = run.batches.starts.length - 1;
    return recipe.schedule === "constant" ? optimizer.rate : optimizer.rate * (1 - t / steps);
  }

  function differentiate(run: DenseRun, t: number): { rows: number; ids: Int32Array; scale: number } {
    const batch = run.batches.ids.subarray(run.batches.starts[t], run.batches.starts[t + 1]);
    const rows = batch.length;
    ids.view.set(batch);
    for (let r = 0; r < rows; r++) {
      batchLabels.view[r] = data.labels[batch[r]!]!;
      batchWeights.view[r] = rowWeights.view[batch[r]!]!;
    }
    kernels.gatherRows(rows, inputs, ids.pointer, features.pointer, net.input.pointer);
    net.forward(rows, { key: run.dropoutKey, step: t });
    net.probabilities(rows, batchLabels.pointer, losses.pointer);
    const bad = losses.view.subarray(0, rows).findIndex((loss) => !Number.isFinite(loss));
    if (bad >= 0) throw new DenseTrainingError(batch[bad]!, t, losses.view[bad]!);
    net.backward(rows, batchLabels.pointer, batchWeights.pointer, 1 / rows);
    return { rows, ids: batch, scale: 1 / rows };
  }

  function step(run: DenseRun, t: number): void {
    differentiate(run, t);
    const rate = rateAt(run, t);
    const g = net.gradient.pointer;
    const theta = net.parameters.pointer;
    if (optimizer.kind === "sgd") {
      kernels.stepMomentum(count, rate, optimizer.momentum, optimizer.decay, g, moments[0]!.pointer, theta);
    } else {
      const { beta1, beta2, epsilon, rootEpsilon, decay } = optimizer;
      const [m, v] = [moments[0]!.pointer, moments[1]!.pointer];
      const { c1, c2 } = biasCorrections(optimizer, t);
      kernels.stepAdam(count, rate, beta1, beta2, c1, c2, epsilon, rootEpsilon, decay, g, m, v, theta);
    }
  }

  function start(run: DenseRun): void {
    net.initialise(run.initKey);
    for (const moment of moments) moment.view.fill(0);
  }

  return {
    net,
    recipe,
    rowWeights,
    moments,
    batchWeights,
    batchLabels,
    rateAt,
    differentiate,
    start,
    step,
    plan(rows, seed) {
      const key = BigInt(seed);
      const perEpoch = Math.ceil(rows.length / recipe.batchSize);
      const all = new Int32Array(rows.length * recipe.epochs);
      const starts = new Int32Array(perEpoch * recipe.epochs + 1);
      const permuted = order.view.subarray(0, rows.length);
      for (let epoch = 0; epoch < recipe.epochs; epoch++) {
        permuted.set(rows);
        kernels.shuffle(rows.length, key | ORDER_STREAM | (BigInt(epoch) << 32n), order.pointer);
        all.set(permuted, epoch * rows.length);
        for (let b = 0; b < perEpoch; b++) starts[epoch * perEpoch + b] = epoch * rows.length + b * recipe.batchSize;
      }
      starts[perEpoch * recipe.epochs] = all.length;
      return { batches: { ids: all, starts }, initKey: key | INIT_STREAM, dropoutKey: key | DROPOUT_STREAM };
    },
    train(run) {
      start(run);
      for (let t = 0; t + 1 < run.batches.starts.length; t++) step(run, t);
    },
    saveState: () => [net.parameters.view.slice(), ...moments.map((moment) => moment.view.slice())],
    restoreState(state) {
      [net.parameters, ...moments].forEach((region, i) => {
        region.view.set(state[i]!);
      });
    },
    predict(target, visit) {
      for (let first = 0; first < target.labels.length; first += maximalRows) {
        const rows = Math.min(maximalRows, target.labels.length - first);
        net.input.view.set(target.features.subarray(first * inputs, (first + rows) * inputs));
        net.forward(rows);
        batchLabels.view.set(target.labels.subarray(first, first + rows));
        net.probabilities(rows, batchLabels.pointer, losses.pointer);
        visit(first, rows, net.output.view.subarray(0, rows * classes), losses.view.subarray(0, rows));
      }
    },
    sample(population, size, seed) {
      if (population > examples)
        throw new RangeError(`cannot sample from ${population} rows, the data has ${examples}`);
      for (let i = 0; i < population; i++) order.view[i] = i;
      kernels.shuffle(population, BigInt(seed) | SAMPLE_STREAM, order.pointer);
      return order.view.slice(0, size).sort();
    },
  };
}

/** 1 - beta^(t+1) for both moments, by repeated multiplication: Math.pow differs between engines. */
export function biasCorrections(optimizer: Optimizer & { kind: "adam" }, t: number): { c1: number; c2: number } {
  let power1 = 1;
  let power2 = 1;
  for (let i = 0; i <= t; i++) {
    power1 *= optimizer.beta1;
    power2 *= optimizer.beta2;
  }
  return { c1: 1 - power1, c2: 1 - power2 };
}
