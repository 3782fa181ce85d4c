import { exactShapley } from "../exactShapley.ts";

/**
 * What contributions did for an answer: their exact Shapley values in the game whose value is what the answer comes to with the passages of those who take
 * part.
 *
 * @param contributionOf contribution of each passage
 * @param worth of the answer with some of the passages, positions ascending
 * @returns values by contribution, in the order in which they first appear
 */
export function quotedShapley(
  contributionOf: readonly number[],
  worth: (taking: readonly number[]) => number,
): [contribution: number, value: number][] {
  const players = [...new Set(contributionOf)];
  const value = Float64Array.from({ length: 1 << players.length }, (_, mask) =>
    worth(
      contributionOf.flatMap((contribution, i) => ((mask & (1 << players.indexOf(contribution))) === 0 ? [] : [i])),
    ),
  );
  const values = exactShapley(players.length, value);
  return players.map((contribution, p) => [contribution, values[p]!]);
}
