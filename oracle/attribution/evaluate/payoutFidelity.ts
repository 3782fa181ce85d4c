import { permutation, randomStream } from "../../numerics/random.ts";
import type { CoalitionTruth } from "./coalitionTruth.ts";
import type { Contributions } from "./contributions.ts";
import { sumByContributor } from "./contributions.ts";
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
  readonly corrected: Interval;
}

/** Scores and Shapley values of the contributors for one mix. */
interface MixSamples {
  readonly scores: Float64Array;
  readonly values: Float64Array;
  readonly ceiling: number;
}

export interface PayoutFidelity {
  readonly mixes: readonly MixFidelity[];
  /** Mean corrected fidelity of the one-class mixes, with its interval over contributors; undefined where no class was delivered often enough. */
  readonly oneClass: Interval | undefined;
  /** What the uniform mix, the first one, compares; and the scores of the contributions themselves. */
  readonly uniform: Omit<MixSamples, "ceiling"> & { readonly ofContributions: Float64Array };
}

const ONE_CLASS = "only ";
const ONE_CLASS_MIXES = 5;
const RANDOM_QUERIES = 50;
/** A class that was delivered less often is no mix of its own. */
const LEAST_OUTPUTS = 10;

/** All outputs; five single classes, drawn among those delivered at least ten times; fifty random outputs. */
export function queryMixes(delivered: Int32Array, classNames: readonly string[], seed: number): QueryMix[] {
  const all = Int32Array.from(delivered.keys());
  const classes = classNames.flatMap((name, c) => {
    const outputs = all.filter((q) => delivered[q] === c);
    return outputs.length >= LEAST_OUTPUTS ? [{ name: `${ONE_CLASS}${name}`, outputs }] : [];
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
 * Scores of the contributions for a mix: every output counts with its fee, here 1, over the length of its influence vector, as in an epoch's
 * functional (docs/protocol.md §3), so that no output outweighs another by a large gradient.
 *
 * @param influence outputs x contributions
 */
export function mixScores(influence: Float32Array, contributions: number, mix: QueryMix): Float64Array {
  const scores = new Float64Array(contributions);
  for (const q of mix.outputs) {
    const row = influence.subarray(q * contributions, (q + 1) * contributions);
    const norm = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0));
    if (norm > 0) for (let c = 0; c < contributions; c++) scores[c]! += row[c]! / norm;
  }
  return scores;
}

/**
 * Payout fidelity: the correlation between scores and Shapley values of the contributors, utility = the mean probability of the delivered outputs
 * of a mix, and the same corrected for the reliability of the truth.
 *
 * @param influence outputs x contributions @param unpaid contributions that score nothing, whatever their influence
 */
export function payoutFidelity(
  influence: Float32Array,
  contributions: Pick<Contributions, "contributors" | "contributorOf">,
  truth: CoalitionTruth,
  mixes: readonly QueryMix[],
  seed: number,
  unpaid: readonly number[] = [],
): PayoutFidelity {
  const { coalitions, probabilities } = truth;
  const outputs = probabilities.length / coalitions.length;
  const contributors = contributions.contributors.length;
  const scoresOf = (mix: QueryMix) => {
    const scores = mixScores(influence, contributions.contributorOf.length, mix);
    for (const contribution of unpaid) scores[contribution] = 0;
    return scores;
  };
  const samples = mixes.map((mix): MixSamples => {
    const utilities = coalitions.map((_, i) =>
      mean(take(probabilities.subarray(i * outputs, (i + 1) * outputs), mix.outputs)),
    );
    return {
      scores: sumByContributor(contributions, scoresOf(mix)),
      values: fitShapley(contributors, coalitions, utilities),
      ceiling: shapleyReliability(contributors, coalitions, utilities, seed).ceiling,
    };
  });
  const interval = (statistic: (indices: Int32Array) => number): Interval => {
    const random = randomStream(seed, 6);
    return bootstrap(contributors, statistic, () => random.uniform());
  };
  const ofContributors = (correlation: typeof pearson, { scores, values }: MixSamples, indices: Int32Array): number =>
    correlation(take(scores, indices), take(values, indices));
  const corrected = (sample: MixSamples, indices: Int32Array): number =>
    ofContributors(pearson, sample, indices) / sample.ceiling;
  const oneClass = samples.filter((_, m) => mixes[m]!.name.startsWith(ONE_CLASS));
  return {
    mixes: samples.map((sample, m) => ({
      mix: mixes[m]!.name,
      pearson: interval((indices) => ofContributors(pearson, sample, indices)),
      spearman: interval((indices) => ofContributors(spearman, sample, indices)),
      ceiling: sample.ceiling,
      corrected: interval((indices) => corrected(sample, indices)),
    })),
    oneClass:
      oneClass.length === 0
        ? undefined
        : interval((indices) => mean(oneClass.map((sample) => corrected(sample, indices)))),
    uniform: { ...samples[0]!, ofContributions: scoresOf(mixes[0]!) },
  };
}
