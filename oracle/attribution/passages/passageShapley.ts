import { exactShapley } from "../exactShapley.ts";

/** A passage that was considered for an answer. */
export interface Candidate {
  /** Position of its contribution. */
  readonly contribution: number;
  readonly weight: number;
  /** Whether it answers the question, as the validators see it. */
  readonly right: boolean;
}

/**
 * What each contribution does for a question: its exact Shapley value in the game whose value is the right passages' share among the passages of those
 * who take part, 0 without any. A wrong passage only ever takes from the right ones, so its value is never above 0; the values add up to the share
 * that the right passages have with everybody.
 *
 * @param candidates of at most 16 contributions
 * @returns values by contribution, in the order in which they first appear
 */
export function passageShapley(candidates: readonly Candidate[]): Map<number, number> {
  const players = [...new Set(candidates.map(({ contribution }) => contribution))];
  const right = new Float64Array(players.length);
  const all = new Float64Array(players.length);
  for (const { contribution, weight, right: isRight } of candidates) {
    const player = players.indexOf(contribution);
    all[player]! += weight;
    if (isRight) right[player]! += weight;
  }
  const coalitions = 1 << players.length;
  const value = new Float64Array(coalitions);
  for (let mask = 1; mask < coalitions; mask++) {
    let [good, total] = [0, 0];
    for (let p = 0; p < players.length; p++) {
      if ((mask & (1 << p)) === 0) continue;
      good += right[p]!;
      total += all[p]!;
    }
    value[mask] = total === 0 ? 0 : good / total;
  }
  const values = exactShapley(players.length, value);
  return new Map(players.map((contribution, p) => [contribution, values[p]!]));
}
