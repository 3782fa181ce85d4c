import type { Tensor } from "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs";
import { ContentError } from "../common/errors.ts";
import type { KernelFactory } from "../numerics/kernels.ts";
import type { Architecture } from "./architecture.ts";
import { architectureOf } from "./architecture.ts";
import { checkInputs, preparedInputs } from "./batches.ts";
import type { Engine } from "./engine.ts";
import { forward, inputTensors } from "./forward.ts";
import { ieeeEngine } from "./ieeeEngine.ts";
import type { Recipe } from "./recipe.ts";
import type { Inputs } from "./rows.ts";
import { rowCount } from "./rows.ts";
import type { Weights } from "./weights.ts";
import { checkWeights } from "./weights.ts";

/** Rows, or positions of sequences, that go through the network together. */
const BATCH = 256;
const BATCH_POSITIONS = 4096;

/** Rows of a pass that is not part of training: what a row gives does not depend on the others. */
export function rowsPerPass({ positions }: Architecture): number {
  return positions === 1 ? BATCH : Math.max(1, Math.floor(BATCH_POSITIONS / positions));
}

/** A model over rows is not a number there. */
export class PredictionError extends ContentError {
  constructor(row: number, value: number) {
    super(`the model gives ${value} for row ${row}: its weights or the row are out of range`);
  }
}

export interface Predictions {
  readonly classes: number;
  /** rows x classes; for sequences rows x positions x classes. */
  readonly logits: Float32Array;
  /** Softmax of the logits. */
  readonly probabilities: Float32Array;
}

/** A model whose parameters are held as tensors, for many calls. */
export interface OpenModel {
  /** @throws RowsError, PredictionError */
  predict(inputs: Inputs): Predictions;
  /** Gives the tensors' memory back. */
  close(): void;
}

/** Checks a model and holds it ready. @throws TensorMismatchError */
export function openModel(createKernels: KernelFactory, recipe: Recipe, weights: Weights): OpenModel {
  const architecture = architectureOf(recipe);
  checkWeights(architecture, weights);
  const engine = ieeeEngine(createKernels);
  engine.use();
  return holdModel(engine, architecture, engine.parameters(weights));
}

/** A model whose parameters are tensors already, in the order of the architecture; `close` disposes of them. */
export function holdModel(engine: Engine, architecture: Architecture, parameters: readonly Tensor[]): OpenModel {
  const { classes, positions } = architecture;
  const [perRow, batch] = [classes * positions, rowsPerPass(architecture)];

  function predictRows(inputs: Inputs): Predictions {
    checkInputs(architecture, inputs);
    engine.use();
    const count = rowCount(inputs);
    const prepared = preparedInputs(inputs);
    const logits = new Float32Array(count * perRow);
    const probabilities = new Float32Array(count * perRow);
    for (let first = 0; first < count; first += batch) {
      const chosen = Int32Array.from({ length: Math.min(batch, count - first) }, (_, i) => first + i);
      tf.tidy(() => {
        const z = forward(engine.ops, architecture, parameters, inputTensors(prepared, chosen));
        logits.set(z.dataSync(), first * perRow);
        probabilities.set(tf.softmax(z).dataSync(), first * perRow);
      });
    }
    const bad = logits.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) throw new PredictionError(Math.floor(bad / perRow), logits[bad]!);
    return { classes, logits, probabilities };
  }
  return {
    predict: predictRows,
    close() {
      tf.dispose([...parameters]);
    },
  };
}

/** Runs one model over rows. @throws RowsError, TensorMismatchError, PredictionError */
export function predict(createKernels: KernelFactory, recipe: Recipe, weights: Weights, inputs: Inputs): Predictions {
  const model = openModel(createKernels, recipe, weights);
  try {
    return model.predict(inputs);
  } finally {
    model.close();
  }
}

/** An ensemble held ready: the class probabilities it answers with, rows x classes. */
export interface OpenEnsemble {
  predict(inputs: Inputs): Float32Array;
  close(): void;
}

/**
 * Holds an ensemble ready. It answers with the mean of its models' probabilities, added in the order of the models.
 * @throws TensorMismatchError, RangeError without models
 */
export function openEnsemble(createKernels: KernelFactory, recipe: Recipe, models: readonly Weights[]): OpenEnsemble {
  return ensembleOf(models.map((weights) => openModel(createKernels, recipe, weights)));
}

/** Models that answer together, whatever they run on. @throws RangeError without models */
export function ensembleOf(models: readonly OpenModel[]): OpenEnsemble {
  if (models.length === 0) throw new RangeError("an ensemble has at least one model");
  return {
    predict(inputs) {
      const [first, ...others] = models.map((model) => model.predict(inputs).probabilities);
      return first!.map((value, i) => {
        let sum = value;
        for (const probabilities of others) sum += probabilities[i]!;
        return sum / models.length;
      });
    },
    close() {
      for (const model of models) model.close();
    },
  };
}

/** What an ensemble answers for rows; for many calls keep an {@link openEnsemble}. */
export function predictEnsemble(
  createKernels: KernelFactory,
  recipe: Recipe,
  models: readonly Weights[],
  inputs: Inputs,
): Float32Array {
  const ensemble = openEnsemble(createKernels, recipe, models);
  try {
    return ensemble.predict(inputs);
  } finally {
    ensemble.close();
  }
}

/** Share of rows whose likeliest class is the label, 0 to 1. @param probabilities rows x classes @param labels at least one */
export function shareRight(probabilities: Float32Array, labels: Int32Array): number {
  const answers = argmaxRows(probabilities, probabilities.length / labels.length);
  return answers.reduce((right, answer, row) => right + Number(answer === labels[row]), 0) / labels.length;
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
