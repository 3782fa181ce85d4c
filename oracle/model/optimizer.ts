import type { Tensor } from "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs";
import type { Optimizer } from "./engine.ts";
import { learningRateAt } from "./engine.ts";
import type { Recipe } from "./recipe.ts";

/** The recipe's optimiser over these tensors, as kernels of the `ieee-sequential` backend. */
export function createOptimizer(
  optimizer: Recipe["optimizer"],
  parameters: readonly Tensor[],
  steps: number,
): Optimizer {
  const zeros = () => parameters.map(({ shape, size }) => tf.tensor(new Float32Array(size), shape));
  const first = zeros();

  if (optimizer.kind === "sgd") {
    const { momentum, weightDecay: decay } = optimizer;
    return {
      update(gradients, step) {
        const attributes = { rate: learningRateAt(optimizer, step, steps), momentum, decay };
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
      const attributes = {
        rate: learningRateAt(optimizer, step, steps) / (1 - power1),
        beta1,
        beta2,
        correction: 1 / (1 - power2),
        epsilon,
      };
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
