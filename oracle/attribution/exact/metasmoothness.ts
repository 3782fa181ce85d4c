import type { DenseRun, DenseTrainer } from "./denseTraining.ts";

/** Below this the derivative of the training run says little about retraining; measured cases are in docs/attribution.md. */
export const METASMOOTH = 0.8;

/**
 * Metasmoothness of a training run in its data weights (Engstrom et al. 2025): how consistently the trained parameters move when the
 * weights take the same small step twice. With d_j the total movement of parameter j, the result is
 * Σ_j (d_j / Σ d) · sign(first movement) · sign(second movement), in [-1, 1]. Costs three trainings.
 *
 * @param direction direction of the weights' step, one number per training row
 * @param step length h: the weights are 1, 1 + h·direction, 1 + 2h·direction
 */
export function metasmoothness(
  trainer: DenseTrainer,
  run: DenseRun,
  direction: ArrayLike<number>,
  step: number,
): number {
  const weights = trainer.rowWeights.view;
  const original = weights.slice();
  const trained = [0, 1, 2].map((multiple) => {
    for (let i = 0; i < weights.length; i++) weights[i] = original[i]! + multiple * step * direction[i]!;
    trainer.train(run);
    return trainer.net.parameters.view.slice();
  });
  weights.set(original);
  const [at0, at1, at2] = [trained[0]!, trained[1]!, trained[2]!];
  let agreement = 0;
  let total = 0;
  for (let j = 0; j < at0.length; j++) {
    const movement = Math.abs(at2[j]! - at0[j]!);
    agreement += movement * Math.sign(at1[j]! - at0[j]!) * Math.sign(at2[j]! - at1[j]!);
    total += movement;
  }
  return total > 0 ? agreement / total : 1;
}
