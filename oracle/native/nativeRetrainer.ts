import type { Tensor } from "@tensorflow/tfjs";
import { architectureOf } from "../model/architecture.ts";
import type { OpenModel } from "../model/predict.ts";
import { holdModel } from "../model/predict.ts";
import type { Recipe } from "../model/recipe.ts";
import type { Retrainer } from "../model/retrainer.ts";
import type { LabelledRows } from "../model/rows.ts";
import type { TrainOptions } from "../model/train.ts";
import { trainParameters } from "../model/train.ts";
import type { Weights } from "../model/weights.ts";
import { checkWeights } from "../model/weights.ts";
import { nativeEngine } from "./nativeEngine.ts";

/** A model of native TensorFlow. It answers, but does not give its weights away, so nobody can hash, publish or index them. */
export interface PreviewModel extends OpenModel {
  /**
   * ‖own - weights‖ / ‖weights‖ over all parameters: how far it is from the model that can be published.
   * @throws TensorMismatchError for weights of another recipe
   */
  distanceTo(weights: Weights): number;
}

/**
 * Trains one member with native TensorFlow from the same initial weights, batches and dropout as `trainMember`.
 *
 * @throws NativeAbsentError, TrainingDivergedError, RowsError, TensorMismatchError
 */
export function trainNative(
  recipe: Recipe,
  rows: LabelledRows,
  member: number,
  options: TrainOptions = {},
): PreviewModel {
  const architecture = architectureOf(recipe);
  const parameters = trainParameters(nativeEngine, recipe, rows, member, options);
  return {
    ...holdModel(nativeEngine, architecture, parameters),
    distanceTo(weights) {
      checkWeights(architecture, weights);
      nativeEngine.use();
      return relativeDistance(parameters, weights);
    },
  };
}

/** Retrains with native TensorFlow. */
export const nativeRetrainer: Retrainer = { backend: "node", train: trainNative };

function relativeDistance(parameters: readonly Tensor[], weights: Weights): number {
  let [difference, size] = [0, 0];
  for (const [t, { values }] of weights.entries()) {
    const own = parameters[t]!.dataSync();
    for (const [i, value] of values.entries()) {
      difference += (own[i]! - value) ** 2;
      size += value ** 2;
    }
  }
  return Math.sqrt(difference / size);
}
