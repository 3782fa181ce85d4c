import type { Scalar, Tensor } from "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs";
import { useIeeeBackend } from "../numerics/backend/useIeeeBackend.ts";
import type { KernelFactory } from "../numerics/kernels.ts";
import { startTensorflow } from "../numerics/tensorflow.ts";
import type { Architecture } from "./architecture.ts";
import { architectureOf } from "./architecture.ts";
import type { PreparedInputs } from "./batches.ts";
import { checkRows, preparedInputs } from "./batches.ts";
import { forward, inputTensors } from "./forward.ts";
import type { NetworkOps } from "./networkOps.ts";
import { fusedOps } from "./networkOps.ts";
import type { Recipe } from "./recipe.ts";
import type { LabelledRows } from "./rows.ts";
import { rowCount } from "./rows.ts";
import { stockOps } from "./stockOps.ts";
import type { Weights } from "./weights.ts";
import { checkWeights } from "./weights.ts";

/** How far two backends of TensorFlow.js are apart on the same weights and rows. */
export interface CrossCheck {
  /** Largest difference of a logit, relative to the largest logit. */
  readonly logits: number;
  /** Per parameter tensor the largest difference of a gradient element, relative to the tensor's largest element. */
  readonly gradients: ReadonlyMap<string, number>;
}

/**
 * Compares a network on the `ieee-sequential` backend, with its fused operations and their gradients, with the same network in stock
 * operations on TensorFlow's own WebAssembly backend: logits, and the gradient of the mean cross-entropy. Both are float32, so differences
 * of about 1e-6 are rounding.
 */
export async function crossCheck(
  createKernels: KernelFactory,
  recipe: Recipe,
  weights: Weights,
  rows: LabelledRows,
): Promise<CrossCheck> {
  const architecture = architectureOf(recipe);
  checkRows(architecture, rows);
  checkWeights(architecture, weights);
  await startTensorflow();
  const stock = gradientOf(stockOps, architecture, weights, rows);
  useIeeeBackend(createKernels);
  const own = gradientOf(fusedOps, architecture, weights, rows);
  const gradients = weights.map(
    ({ name }, i) => [name, relativeDifference(own.gradients[i]!, stock.gradients[i]!)] as const,
  );
  return { logits: relativeDifference(own.logits, stock.logits), gradients: new Map(gradients) };
}

function gradientOf(ops: NetworkOps, architecture: Architecture, weights: Weights, rows: LabelledRows) {
  tf.engine().startScope();
  const prepared: PreparedInputs = preparedInputs(rows.inputs);
  const input = inputTensors(
    prepared,
    Int32Array.from({ length: rowCount(rows.inputs) }, (_, row) => row),
  );
  const labels = tf.tensor1d(rows.labels, "int32");
  const parameters = weights.map(({ values, shape }) => tf.tensor(values, [...shape]));
  const logits = forward(ops, architecture, parameters, input).dataSync() as Float32Array;
  const loss = (...current: Tensor[]) =>
    ops.meanCrossEntropy(forward(ops, architecture, current, input), labels) as Scalar;
  const gradients = tf
    .grads(loss)(parameters)
    .map((gradient) => gradient.dataSync() as Float32Array);
  tf.engine().endScope();
  return { logits, gradients };
}

function relativeDifference(a: Float32Array, b: Float32Array): number {
  let difference = 0;
  let largest = 0;
  for (let i = 0; i < a.length; i++) {
    difference = Math.max(difference, Math.abs(a[i]! - b[i]!));
    largest = Math.max(largest, Math.abs(a[i]!), Math.abs(b[i]!));
  }
  return largest === 0 ? 0 : difference / largest;
}
