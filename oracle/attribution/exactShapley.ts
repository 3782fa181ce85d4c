/**
 * Exact Shapley values of a game of few players. Float64 in ascending order of the coalitions' bit masks: the same bits everywhere.
 *
 * @param value of each coalition, by the mask of its players; 2^players of them
 */
export function exactShapley(players: number, value: Float64Array): Float64Array {
  const share = sharesOfOrders(players);
  const values = new Float64Array(players);
  for (let p = 0; p < players; p++) {
    let sum = 0;
    for (let mask = 0; mask < value.length; mask++) {
      if ((mask & (1 << p)) === 0) sum += share[bitsOf(mask)]! * (value[mask | (1 << p)]! - value[mask]!);
    }
    values[p] = sum;
  }
  return values;
}

/** |S|! (n - |S| - 1)! / n! for |S| = 0 … n - 1. */
function sharesOfOrders(players: number): Float64Array {
  const share = new Float64Array(players);
  if (players > 0) share[0] = 1 / players;
  for (let size = 1; size < players; size++) share[size] = (share[size - 1]! * size) / (players - size);
  return share;
}

function bitsOf(mask: number): number {
  let bits = 0;
  for (let rest = mask; rest !== 0; rest &= rest - 1) bits++;
  return bits;
}
