import type { Tensor } from "@tensorflow/tfjs";
import type { NetworkOps } from "./networkOps.ts";
import type { Recipe } from "./recipe.ts";
import type { Weights } from "./weights.ts";

/** What networks are run with: a backend of TensorFlow.js and the operations that suit it. */
export interface Engine {
  /** Makes TensorFlow.js compute with it from here on, in this thread. */
  use(): void;
  readonly ops: NetworkOps;
}

/** Changes parameters in place, one call per step. */
export interface Optimizer {
  /** @param gradients in the order of the parameters @param step from 0 */
  update(gradients: readonly Tensor[], step: number): void;
  dispose(): void;
}

/** What networks are trained with; `Parameter` is what its optimisers can change. */
export interface TrainingEngine<Parameter extends Tensor = Tensor> extends Engine {
  /** Copies of the weights. */
  parameters(start: Weights): Parameter[];
  /** The learning rate follows the schedule over `steps`. */
  createOptimizer(optimizer: Recipe["optimizer"], parameters: readonly Parameter[], steps: number): Optimizer;
}

/** The learning rate at a step, from 0, of so many. */
export function learningRateAt(optimizer: Recipe["optimizer"], step: number, steps: number): number {
  return optimizer.schedule === "linear" ? optimizer.learningRate * (1 - step / steps) : optimizer.learningRate;
}
