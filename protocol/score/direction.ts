import { checkDimensions } from "../trees/indexTree.ts";

/** Largest component of a direction. */
const TOP = 32767;

/**
 * What a version's Datanets want of it together: the sum of their quality functionals, scaled so that the largest component
 * becomes ±32767 and rounded to integers, halves to the even one. Every Datanet counts alike, however many rows it has, or rows
 * would buy a say. The sum of nothing but zeros is zero. Integers alone, so that the chain can decide it.
 *
 * @param functionals one per Datanet, k components; fewer or more count as none
 */
export function directionOf(functionals: readonly Int16Array[], k: number): Int16Array {
  const sum = new Int32Array(checkDimensions(k));
  for (const functional of functionals) {
    if (functional.length === k) for (let j = 0; j < k; j++) sum[j]! += functional[j]!;
  }
  const largest = sum.reduce((top, value) => Math.max(top, Math.abs(value)), 0);
  // At most 16 · 2^15 · 32767, which a double holds exactly.
  return largest === 0 ? new Int16Array(k) : Int16Array.from(sum, (value) => divideHalfEven(value * TOP, largest));
}

function divideHalfEven(dividend: number, divisor: number): number {
  const size = Math.abs(dividend);
  const quotient = Math.floor(size / divisor);
  const twice = 2 * (size - quotient * divisor);
  const rounded = twice > divisor || (twice === divisor && quotient % 2 === 1) ? quotient + 1 : quotient;
  return dividend < 0 ? -rounded : rounded;
}
