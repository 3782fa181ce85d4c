import { permutation, randomStream } from "../../numerics/random.ts";
import type { CoalitionTruth } from "./coalitionTruth.ts";
import { fitShapley, shapleyReliability } from "./shapley.ts";
import type { Interval } from "./statistics.ts";
import { bootstrap, mean, pearson, spearman, take } from "./statistics.ts";

/** Outputs that are paid for together: their positions. */
export interface QueryMix {
  readonly name: string;
  readonly outputs: Int32Array;
}

/** How well scores foretell what contributors are worth for one mix of queries. */
export interface MixFidelity {
  readonly mix: string;
  /** Correlation of the scores with the fitted Shapley values, with the bootstrap interval over contributors. */
  readonly pearson: Interval;
  readonly spearman: Interval;
  /** What perfect scores would reach, given the noise of the truth. */
  readonly ceiling: number;
  /** pearson / ceiling. */
  readonly corrected: number;
}

const ONE_CLASS_MIXES = 5;
const RANDOM_QUERIES = 50;
/** A class that was delivered less often is no mix of its own. */
const LEAST_OUTPUTS = 10;

/** All outputs; five single classes, drawn among those delivered at least ten times; fifty random outputs. */
export function queryMixes(delivered: Int32Array, classNames: readonly string[], seed: number): QueryMix[] {
  const all = Int32Array.from(delivered.keys());
  const classes = classNames.flatMap((name, c) => {
    const outputs = all.filter((q) => delivered[q] === c);
    return outputs.length >= LEAST_OUTPUTS ? [{ name: `only ${name}`, outputs }] : [];
  });
  const chosen = permutation(randomStream(seed, 4), classes.length).subarray(0, ONE_CLASS_MIXES);
  const random = Int32Array.from(permutation(randomStream(seed, 5), delivered.length).subarray(0, RANDOM_QUERIES));
  return [
    { name: "uniform", outputs: all },
    ...Array.from(chosen, (c) => classes[c]!),
    { name: `${RANDOM_QUERIES} random`, outputs: random },
  ];
}

/**
 * Scores of the contributors for a mix: every output counts with its fee, here 1, over the length of its influence vector, as in an epoch's
 * functional (docs/protocol.md §3), so that no output outweighs another by a large gradient.
 *
 * @param influence outputs x contributors
 */
export function mixScores(influence: Float32Array, contributors: number, mix: QueryMix): Float64Array {
  const scores = new Float64Array(contributors);
  for (const q of mix.outputs) {
    const row = influence.subarray(q * contributors, (q + 1) * contributors);
    const norm = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0));
    if (norm > 0) for (let c = 0; c < contributors; c++) scores[c]! += row[c]! / norm;
  }
  return scores;
}

/**
 * Payout fidelity: the correlation between scores and Shapley values of the contributors, utility = the mean probability of the delivered outputs
 * of a mix, and the same corrected for the reliability of the truth.
 *
 * @param influence outputs x contributors
 */
export function payoutFidelity(
  influence: Float32Array,
  contributors: number,
  truth: CoalitionTruth,
  mixes: readonly QueryMix[],
  seed: number,
): { readonly mixes: MixFidelity[]; readonly uniformScores: Float64Array } {
  const { coalitions, probabilities } = truth;
  const outputs = probabilities.length / coalitions.length;
  const fidelity = mixes.map((mix) => {
    const utilities = coalitions.map((_, i) =>
      mean(take(probabilities.subarray(i * outputs, (i + 1) * outputs), mix.outputs)),
    );
    const values = fitShapley(contributors, coalitions, utilities);
    const scores = mixScores(influence, contributors, mix);
    const { ceiling } = shapleyReliability(contributors, coalitions, utilities, seed);
    const random = randomStream(seed, 6);
    const interval = (statistic: typeof pearson): Interval =>
      bootstrap(
        contributors,
        (indices) => statistic(take(scores, indices), take(values, indices)),
        () => random.uniform(),
      );
    const linear = interval(pearson);
    return {
      mix: mix.name,
      pearson: linear,
      spearman: interval(spearman),
      ceiling,
      corrected: linear.estimate / ceiling,
    };
  });
  return { mixes: fidelity, uniformScores: mixScores(influence, contributors, mixes[0]!) };
}

/** Mean corrected fidelity of the mixes of one class. */
export function oneClassFidelity(fidelity: readonly MixFidelity[]): number {
  return mean(fidelity.filter(({ mix }) => mix.startsWith("only ")).map(({ corrected }) => corrected));
}
