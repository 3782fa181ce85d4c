import type { Tensor } from "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs";
import type { Recipe } from "./recipe.ts";

/** Changes parameters in place, one call per step. */
export interface Optimizer {
  /** @param gradients in the order of the parameters @param step from 0 */
  update(gradients: readonly Tensor[], step: number): void;
  dispose(): void;
}

/** The recipe's optimiser over these tensors; the learning rate follows the recipe's schedule over `steps`. */
export function createOptimizer(recipe: Recipe, parameters: readonly Tensor[], steps: number): Optimizer {
  const { optimizer } = recipe;
  const zeros = () => parameters.map(({ shape, size }) => tf.tensor(new Float32Array(size), shape));
  const rateAt = (step: number) =>
    optimizer.schedule === "linear" ? optimizer.learningRate * (1 - step / steps) : optimizer.learningRate;
  const first = zeros();

  if (optimizer.kind === "sgd") {
    const { momentum, weightDecay: decay } = optimizer;
    return {
      update(gradients, step) {
        const attributes = { rate: rateAt(step), momentum, decay };
        for (const [i, weight] of parameters.entries()) {
          tf.engine().runKernel("MomentumUpdate", { weight, gradient: gradients[i]!, velocity: first[i]! }, attributes);
        }
      },
      dispose() {
        tf.dispose(first);
      },
    };
  }

  const second = zeros();
  const { beta1, beta2, epsilon } = optimizer;
  let [power1, power2] = [1, 1];
  return {
    update(gradients, step) {
      power1 *= beta1;
      power2 *= beta2;
      const attributes = { rate: rateAt(step) / (1 - power1), beta1, beta2, correction: 1 / (1 - power2), epsilon };
      for (const [i, weight] of parameters.entries()) {
        const inputs = { weight, gradient: gradients[i]!, first: first[i]!, second: second[i]! };
        tf.engine().runKernel("AdamUpdate", inputs, attributes);
      }
    },
    dispose() {
      tf.dispose([...first, ...second]);
    },
  };
}
