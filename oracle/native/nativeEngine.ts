import type { Tensor, Variable } from "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs";
import type { Optimizer, TrainingEngine } from "../model/engine.ts";
import { learningRateAt } from "../model/engine.ts";
import type { Recipe } from "../model/recipe.ts";
import { useNative } from "./loadNative.ts";
import { nativeOps } from "./nativeOps.ts";

type Settings<Kind> = Extract<Recipe["optimizer"], { kind: Kind }>;

/** Native TensorFlow: for studies and previews, never for anything that is signed. */
export const nativeEngine: TrainingEngine<Variable> = {
  use: useNative,
  ops: nativeOps,
  parameters: (start) => start.map(({ values, shape }) => variable(() => tf.tensor(values, [...shape]))),
  createOptimizer: (optimizer, parameters, steps) =>
    optimizer.kind === "sgd" ? momentum(optimizer, parameters, steps) : adam(optimizer, parameters, steps),
};

/** v = momentum·v + (g + decay·w); w = w - rate·v. */
function momentum(optimizer: Settings<"sgd">, parameters: readonly Variable[], steps: number): Optimizer {
  const { momentum: inertia, weightDecay } = optimizer;
  const velocities = inertia === 0 ? [] : parameters.map(zerosLike);
  return {
    update(gradients, step) {
      const rate = learningRateAt(optimizer, step, steps);
      for (const [i, weight] of parameters.entries()) {
        let change = gradients[i]!;
        if (weightDecay !== 0) change = tf.add(change, tf.mul(weight, weightDecay));
        if (inertia !== 0) {
          velocities[i]!.assign(tf.add(tf.mul(velocities[i]!, inertia), change));
          change = velocities[i]!;
        }
        weight.assign(tf.sub(weight, tf.mul(change, rate)));
      }
    },
    dispose() {
      tf.dispose(velocities);
    },
  };
}

/** Adam (Kingma & Ba 2015, algorithm 1): m = b1·m + (1-b1)·g; v = b2·v + (1-b2)·g²; w = w - rate·m̂ / (√v̂ + epsilon). */
function adam(optimizer: Settings<"adam">, parameters: readonly Variable[], steps: number): Optimizer {
  const { beta1, beta2, epsilon } = optimizer;
  const [first, second] = [parameters.map(zerosLike), parameters.map(zerosLike)];
  let [power1, power2] = [1, 1];
  return {
    update(gradients, step) {
      power1 *= beta1;
      power2 *= beta2;
      const rate = learningRateAt(optimizer, step, steps) / (1 - power1);
      for (const [i, weight] of parameters.entries()) {
        const [gradient, m, v] = [gradients[i]!, first[i]!, second[i]!];
        m.assign(tf.add(tf.mul(m, beta1), tf.mul(gradient, 1 - beta1)));
        v.assign(tf.add(tf.mul(v, beta2), tf.mul(tf.square(gradient), 1 - beta2)));
        const divisor = tf.add(tf.sqrt(tf.mul(v, 1 / (1 - power2))), epsilon);
        weight.assign(tf.sub(weight, tf.div(tf.mul(m, rate), divisor)));
      }
    },
    dispose() {
      tf.dispose([...first, ...second]);
    },
  };
}

function zerosLike({ shape }: Tensor): Variable {
  return variable(() => tf.zeros(shape));
}

/** A variable survives the scope that frees the tensor it starts from. */
function variable(start: () => Tensor): Variable {
  return tf.tidy(() => tf.variable(start()));
}
