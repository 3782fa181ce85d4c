import { choleskyPacked, packedElements, solvePacked } from "../../numerics/cholesky32.ts";
import { predict } from "../../model/predict.ts";
import type { Recipe } from "../../model/recipe.ts";
import type { LabelledRows } from "../../model/rows.ts";
import type { Weights } from "../../model/weights.ts";
import type { KernelFactory } from "../../numerics/kernels.ts";
import { addToDiagonal, weightedKernel } from "./kernelInfluence.ts";
import { crossKernel, kernelElements, tapModel } from "./tappedModel.ts";

/** λ relative to the mean diagonal of the weighted kernel; docs/attribution.md has what was compared. */
const DAMPING = 0.3;
/** Doubt of a row that every member is sure of. */
const LEAST_DOUBT = 1e-6;

/**
 * Kernel influence averaged over models, most useful when each was trained on a random half of the rows. With r̄_i the mean over models
 * of 1 - p_i and φ the margin's gradients in one model,
 * s(q, i) = r̄_i · mean over models of φ_iᵀ (Φᵀ diag(r̄) Φ + λI)^-1 φ_q.
 *
 * As in TRAK (Park et al. 2023, eq. 17) the residuals are averaged apart from the inverse: a model that has seen row i has no doubt
 * left about it, one that has not seen it says how much the row can teach. Here that average also weights the curvature.
 *
 * Cost per model: N²·Σ(inputs + outputs) for the kernel, N³/3 for its factor, 2N² per output.
 *
 * @param models the whole ensemble or a part of it: the result is a sum, so that parts can be kept and added
 * @param doubt r̄ of every training row, over the whole ensemble ({@link meanDoubt})
 * @returns outputs x rows, the models' number short of the mean
 */
export function kernelSum(
  createKernels: KernelFactory,
  recipe: Recipe,
  models: readonly Weights[],
  training: LabelledRows,
  queries: LabelledRows,
  doubt: Float64Array,
): Float32Array {
  const [rows, outputs] = [training.labels.length, queries.labels.length];
  const root = doubt.map((value) => Math.sqrt(Math.max(value, LEAST_DOUBT)));
  const sum = new Float32Array(outputs * rows);
  for (const weights of models) {
    const model = tapModel(createKernels, recipe, weights, training, queries, kernelElements(rows, outputs));
    const { space } = model;
    const cross = crossKernel(model);
    const factor = space.allocate(packedElements(rows));
    const right = space.allocate(rows * outputs);
    const trace = weightedKernel(model, root, factor);
    addToDiagonal(space, rows, factor, (DAMPING * trace) / rows);
    choleskyPacked(space, rows, factor);
    const values = space.floats(right, rows * outputs);
    for (let i = 0; i < rows; i++)
      for (let q = 0; q < outputs; q++) values[i * outputs + q] = root[i]! * cross[q * rows + i]!;
    solvePacked(space, rows, factor, outputs, right);
    for (let i = 0; i < rows; i++)
      for (let q = 0; q < outputs; q++) sum[q * rows + i]! += root[i]! * values[i * outputs + q]!;
  }
  return sum;
}

/** Mean over models of 1 - p of each row's class. */
export function meanDoubt(
  createKernels: KernelFactory,
  recipe: Recipe,
  models: readonly Weights[],
  training: LabelledRows,
): Float64Array {
  const doubt = new Float64Array(training.labels.length);
  for (const weights of models) {
    const { probabilities, classes } = predict(createKernels, recipe, weights, training.inputs);
    for (let i = 0; i < doubt.length; i++)
      doubt[i]! += (1 - probabilities[i * classes + training.labels[i]!]!) / models.length;
  }
  return doubt;
}
