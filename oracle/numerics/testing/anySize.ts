import fc from "fast-check";

/** The least and the greatest magnitude of float64. */
export const SMALLEST = 5e-324;
export const LARGEST = Number.MAX_VALUE;

/** Signed values whose exponents are spread over all of float64. */
export const anySize = fc
  .tuple(
    fc.double({ min: 1, max: 2, maxExcluded: true, noNaN: true }),
    fc.integer({ min: -1074, max: 1000 }),
    fc.boolean(),
  )
  .map(
    ([value, exponent, negative]) =>
      (negative ? -1 : 1) * value * 2 ** Math.floor(exponent / 2) * 2 ** Math.ceil(exponent / 2),
  );
