import type { DenseData, DenseTrainer } from "./denseTraining.ts";
import type { Reals } from "./denseKernels.ts";

/**
 * What an output is scored by, of the class y that was delivered, with p the model's probabilities and z its logits:
 * - `logProbability`: log p_y, minus the cross-entropy;
 * - `margin`: log p_y - log(1 - p_y) = z_y - log Σ_{k≠y} exp z_k (Park et al. 2023, TRAK);
 * - `probability`: p_y, the utility whose Shapley value payments estimate.
 */
export type Target = "logProbability" | "margin" | "probability";

/** Derivative of a target with respect to one row of logits, scaled and written to `out`. */
export function targetDelta(target: Target, probabilities: Reals, label: number, scale: number, out: Reals): void {
  const p = probabilities[label]!;
  const classes = probabilities.length;
  if (target === "margin") {
    // e_y - softmax over the other classes; summing them avoids the cancellation in 1 - p.
    let others = 0;
    for (let k = 0; k < classes; k++) if (k !== label) others += probabilities[k]!;
    for (let k = 0; k < classes; k++) {
      const share = others > 0 ? probabilities[k]! / others : 1 / (classes - 1);
      out[k] = k === label ? scale : -scale * share;
    }
    return;
  }
  const factor = target === "probability" ? scale * p : scale;
  for (let k = 0; k < classes; k++) out[k] = factor * ((k === label ? 1 : 0) - probabilities[k]!);
}

/**
 * Gradient of Σ weight · target over some rows of `data` in the trainer's current parameters.
 *
 * @param rows at most 512
 * @param weights one per entry of `rows`
 * @returns flat, in the order of the network's parameters
 */
export function targetGradient(
  trainer: DenseTrainer,
  data: DenseData,
  rows: ArrayLike<number>,
  weights: ArrayLike<number>,
  target: Target,
): Reals {
  const { net, batchLabels } = trainer;
  const inputs = trainer.recipe.widths[0]!;
  const classes = trainer.recipe.widths.at(-1)!;
  for (let r = 0; r < rows.length; r++) {
    net.input.view.set(data.features.subarray(rows[r]! * inputs, (rows[r]! + 1) * inputs), r * inputs);
    batchLabels.view[r] = data.labels[rows[r]!]!;
  }
  net.forward(rows.length);
  net.probabilities(rows.length, batchLabels.pointer, 0);
  for (let r = 0; r < rows.length; r++) {
    const p = net.output.view.subarray(r * classes, (r + 1) * classes);
    const delta = net.outputDelta.view.subarray(r * classes, (r + 1) * classes);
    targetDelta(target, p, batchLabels.view[r]!, weights[r]!, delta);
  }
  net.backwardFromDelta(rows.length);
  return net.gradient.view.slice();
}
