import { bootstrap, mean, spearman, take } from "./statistics.ts";
import type { Interval } from "./statistics.ts";

/** Row-major matrix of scores: outputs x training rows, higher = including the row raises the output. */
export type ScoreMatrix = Float32Array | Float64Array;

/**
 * Linear datamodelling score (Ilyas et al. 2022; Park et al. 2023, Definition 2.3): for every output, Spearman's correlation
 * over the subsets between the sum of the scores of a subset's rows and the output of the model trained on it.
 *
 * @param scores outputs x rows
 * @param subsets training rows of each retrained model
 * @param truth subsets x outputs
 * @returns one correlation per output
 */
export function linearDatamodelingScores(
  scores: ScoreMatrix,
  rows: number,
  subsets: readonly Int32Array[],
  truth: Float32Array,
): Float64Array {
  const outputs = scores.length / rows;
  if (truth.length !== subsets.length * outputs) {
    throw new RangeError(`${subsets.length} subsets x ${outputs} outputs need as many truths, not ${truth.length}`);
  }
  const result = new Float64Array(outputs);
  const predicted = new Float64Array(subsets.length);
  const measured = new Float64Array(subsets.length);
  for (let q = 0; q < outputs; q++) {
    for (const [s, subset] of subsets.entries()) {
      let sum = 0;
      for (const row of subset) sum += scores[q * rows + row]!;
      predicted[s] = sum;
      measured[s] = truth[s * outputs + q]!;
    }
    result[q] = spearman(predicted, measured);
  }
  return result;
}

/** Mean over the outputs with the bootstrap interval over outputs. */
export function meanScore(correlations: Float64Array, random: () => number): Interval {
  return bootstrap(correlations.length, (indices) => mean(take(correlations, indices)), random);
}

/**
 * The score of a perfect predictor of one retraining from another with a different seed: Spearman's correlation, per output,
 * between two replicates of the truth.
 */
export function replicateCeiling(first: Float32Array, second: Float32Array, subsets: number): Float64Array {
  const outputs = first.length / subsets;
  return Float64Array.from({ length: outputs }, (_, q) => {
    const column = (truth: Float32Array): Float64Array =>
      Float64Array.from({ length: subsets }, (_, s) => truth[s * outputs + q]!);
    return spearman(column(first), column(second));
  });
}
