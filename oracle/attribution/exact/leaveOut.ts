import { predict } from "../../model/predict.ts";
import type { Recipe } from "../../model/recipe.ts";
import type { LabelledRows } from "../../model/rows.ts";
import { selectRows } from "../../model/rows.ts";
import { trainMember } from "../../model/train.ts";
import type { KernelFactory } from "../../numerics/kernels.ts";

/**
 * Leave-out retraining: what each group of rows was worth to each output, as the probability of the output's class with the group minus without it, under
 * one seed. The plainest truth, and a poor measure of pay: it is not additive, and one seed's result is noisy (docs/attribution.md).
 * Cost: one training per group and one for the whole.
 *
 * @param groups rows that are left out together
 * @param member selects the seed, the same with and without
 * @returns groups x outputs
 */
export function leaveOutEffects(
  createKernels: KernelFactory,
  recipe: Recipe,
  training: LabelledRows,
  groups: readonly Int32Array[],
  outputs: LabelledRows,
  member: number,
): Float64Array {
  const probabilities = (rows: LabelledRows): Float64Array => {
    const weights = trainMember(createKernels, recipe, rows, member);
    const { probabilities: all, classes } = predict(createKernels, recipe, weights, outputs.inputs);
    return Float64Array.from(outputs.labels, (label, q) => all[q * classes + label]!);
  };
  const whole = probabilities(training);
  const effects = new Float64Array(groups.length * outputs.labels.length);
  for (const [g, group] of groups.entries()) {
    const left = new Set(group);
    const kept = Int32Array.from(training.labels.keys()).filter((row) => !left.has(row));
    const without = probabilities(selectRows(training, kept));
    for (let q = 0; q < whole.length; q++) effects[g * whole.length + q] = whole[q]! - without[q]!;
  }
  return effects;
}
