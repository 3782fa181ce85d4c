import { permutation, randomStream } from "../../numerics/random.ts";
import { leastSquares } from "./leastSquares.ts";
import { mean, pearson, spearmanBrown } from "./statistics.ts";

/** Coalition sizes as shares of the players; every size but .5 appears with its complement. */
const STRATA = [0.1, 0.3, 0.5] as const;

/** Players of one retraining. Coalitions 2j and 2j + 1 are complements of each other. */
export interface Coalition {
  /** Ascending. */
  readonly members: Int32Array;
  /** Size class: coalitions of one stratum have one size. */
  readonly stratum: number;
}

/**
 * Draws `count` coalitions (even) in complementary pairs, sizes .1/.9, .3/.7 and .5/.5 of the players in the proportion 2 : 2 : 1, so that
 * the five sizes are equally frequent (stratified sampling of the Shapley value, Maleki et al. 2013; antithetic pairs, Mitchell et al. 2022).
 */
export function drawCoalitions(players: number, count: number, seed: number): Coalition[] {
  const coalitions: Coalition[] = [];
  const cycle = [0, 1, 0, 1, 2] as const;
  for (let pair = 0; pair < count / 2; pair++) {
    const share = STRATA[cycle[pair % 5]!];
    const size = Math.round(share * players);
    const order = permutation(randomStream(seed, 2, pair), players);
    const inside = Int32Array.from(order.subarray(0, size)).sort();
    const outside = Int32Array.from(order.subarray(size)).sort();
    coalitions.push({ members: inside, stratum: inside.length }, { members: outside, stratum: outside.length });
  }
  return coalitions;
}

/**
 * Shapley values from the utilities of random coalitions: u = a_size + Σ_{c in S} φ_c, fitted by least squares with a level per size and weights
 * 1/(t(1 - t)), under which every size counts equally, as in the Shapley value. Within a size the sum of the members is constant, so the φ are
 * determined up to one constant; it is set by efficiency when `total`, the utility of all minus that of none, is given, else the φ sum to 0.
 */
export function fitShapley(
  players: number,
  coalitions: readonly Coalition[],
  utilities: ArrayLike<number>,
  total = 0,
): Float64Array {
  const design: Float64Array[] = [];
  const targets: number[] = [];
  for (const stratum of new Set(coalitions.map((coalition) => coalition.stratum))) {
    const chosen = coalitions.flatMap((coalition, i) => (coalition.stratum === stratum ? [i] : []));
    const level = mean(chosen.map((i) => utilities[i]!));
    const presence = new Float64Array(players);
    for (const i of chosen) for (const member of coalitions[i]!.members) presence[member]! += 1 / chosen.length;
    const t = stratum / players;
    const scale = 1 / Math.sqrt(t * (1 - t));
    for (const i of chosen) {
      const row = presence.map((share) => -scale * share);
      for (const member of coalitions[i]!.members) row[member]! += scale;
      design.push(row);
      targets.push(scale * (utilities[i]! - level));
    }
  }
  const fit = leastSquares(design, targets);
  return fit.map((value) => value + total / players);
}

/** How much of the variance of fitted Shapley values is not noise. */
export interface Reliability {
  /** Mean Pearson correlation between the fits of random halves of the pairs. */
  readonly halves: number;
  /**
   * Reliability of the whole by Spearman and Brown's formula. The noise of a least-squares fit falls with its degrees of freedom, not with its
   * observations, so the whole counts as (n - p) / (n/2 - p) halves, p = players and levels.
   */
  readonly reliability: number;
  /** Highest Pearson correlation that perfect scores could have with the fit: √reliability. */
  readonly ceiling: number;
}

/**
 * Splits the complementary pairs into halves `splits` times.
 * @throws RankDeficientError when half the coalitions do not determine the values
 */
export function shapleyReliability(
  players: number,
  coalitions: readonly Coalition[],
  utilities: ArrayLike<number>,
  seed: number,
  splits = 10,
): Reliability {
  const pairs = coalitions.length / 2;
  const correlations = Array.from({ length: splits }, (_, split) => {
    const order = permutation(randomStream(seed, 3, split), pairs);
    const half = (chosen: Uint32Array): Float64Array => {
      const indices = [...chosen].flatMap((pair) => [2 * pair, 2 * pair + 1]);
      return fitShapley(
        players,
        indices.map((i) => coalitions[i]!),
        indices.map((i) => utilities[i]!),
      );
    };
    return pearson(half(order.subarray(0, pairs >> 1)), half(order.subarray(pairs >> 1)));
  });
  const halves = mean(correlations);
  const unknowns = players - 1 + new Set(coalitions.map(({ stratum }) => stratum)).size;
  const length = (coalitions.length - unknowns) / (coalitions.length / 2 - unknowns);
  const reliability = halves > 0 ? spearmanBrown(halves, length) : 0;
  return { halves, reliability, ceiling: Math.sqrt(reliability) };
}
