import { checkUint } from "../bytes.ts";
import { OutOfRangeError } from "../errors.ts";

/**
 * What a leaf with `weight` behind `prefix` gets of a pool: `floor(pool · (prefix + weight) / total) − floor(pool · prefix / total)`.
 * Less than 1 wei from the exact share, and the payouts of all leaves add up to the pool.
 *
 * @throws OutOfRangeError when total is 0, prefix + weight exceeds it, or the pool is not a uint256.
 */
export function payoutOf(pool: bigint, prefix: bigint, weight: bigint, total: bigint): bigint {
  if (total <= 0n) throw new OutOfRangeError("total weight", total, "at least 1");
  if (prefix < 0n || weight < 0n || prefix + weight > total) {
    throw new OutOfRangeError("prefix + weight", prefix + weight, `from 0 to the total weight ${total}`);
  }
  checkUint(pool, 256, "pool");
  return (pool * (prefix + weight)) / total - (pool * prefix) / total;
}

/**
 * {@link payoutOf} for every leaf in order; sums to `pool` exactly.
 *
 * @throws OutOfRangeError when no weight is positive, a weight is not a uint128 or the pool not a uint256.
 */
export function payoutsOf(pool: bigint, weights: readonly bigint[]): bigint[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0n);
  if (total <= 0n) throw new OutOfRangeError("total weight", total, "at least 1");
  checkUint(pool, 256, "pool");
  let reached = 0n;
  let paid = 0n;
  return weights.map((weight) => {
    reached += checkUint(weight, 128, "weight");
    const boundary = (pool * reached) / total;
    const payout = boundary - paid;
    paid = boundary;
    return payout;
  });
}
