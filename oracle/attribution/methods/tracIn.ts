import type { Recipe } from "../../model/recipe.ts";
import { architectureOf } from "../../model/architecture.ts";
import type { LabelledRows } from "../../model/rows.ts";
import type { Weights } from "../../model/weights.ts";
import type { KernelFactory } from "../../numerics/kernels.ts";
import { gradDot } from "./gradDot.ts";
import { tapModel } from "./tappedModel.ts";

/** A model on the way of a training run, and the learning rate at that point. */
export interface Checkpoint {
  readonly weights: Weights;
  readonly rate: number;
}

/**
 * TracInCP (Pruthi et al. 2020): s(q, i) = Σ_c η_c <∇L_q(θ_c), ∇L_i(θ_c)>, the first-order change of the output's loss that row i caused, sampled at
 * checkpoints. Cost per checkpoint: that of grad-dot.
 *
 * @returns outputs x rows
 */
export function tracInCheckpoints(
  createKernels: KernelFactory,
  recipe: Recipe,
  checkpoints: readonly Checkpoint[],
  training: LabelledRows,
  queries: LabelledRows,
): Float32Array {
  const [rows, outputs] = [training.labels.length, queries.labels.length];
  const elements = gradDot.elements(architectureOf(recipe), rows, outputs);
  const sum = new Float32Array(outputs * rows);
  for (const { weights, rate } of checkpoints) {
    const scores = gradDot.scores(tapModel(createKernels, recipe, weights, training, queries, elements));
    for (let i = 0; i < sum.length; i++) sum[i]! += rate * scores[i]!;
  }
  return sum;
}
