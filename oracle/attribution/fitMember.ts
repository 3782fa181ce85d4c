import type { Recipe } from "../model/recipe.ts";
import { rowCount } from "../model/rows.ts";
import type { Weights } from "../model/weights.ts";
import type { KernelFactory } from "../numerics/kernels.ts";
import { fitLandmarks } from "./landmarkOperator.ts";
import type { MemberOperator, TrainingSet } from "./memberOperator.ts";
import { fitExact } from "./memberOperator.ts";
import type { Scheme } from "./scheme.ts";

/** Fits the operator of one model: whole up to `scheme.exactRows` training rows, by landmarks beyond. */
export function fitMember(
  createKernels: KernelFactory,
  scheme: Scheme,
  recipe: Recipe,
  weights: Weights,
  training: TrainingSet,
  rank: number,
): MemberOperator {
  const fit = rowCount(training.rows.inputs) <= scheme.exactRows ? fitExact : fitLandmarks;
  return fit(createKernels, scheme, recipe, weights, training, rank);
}
