import { bucketKey, fixedSeed, mix32 } from "./mix32.ts";

const BANDS = 24;
const BITS_PER_BAND = 24;
/** Components that each hyperplane looks at, half of them with each sign. */
const COMPONENTS_PER_BIT = 64;

/** Values of one row: pixels or features. */
export type Vector = Uint8Array | Float32Array;

/** Cosine of the angle between two vectors of one length, in float64, summed in order; 0 where one is all zero. */
export function cosine(a: Vector, b: Vector): number {
  let product = 0;
  let squaresOfA = 0;
  let squaresOfB = 0;
  for (let i = 0; i < a.length; i++) {
    product += a[i]! * b[i]!;
    squaresOfA += a[i]! * a[i]!;
    squaresOfB += b[i]! * b[i]!;
  }
  const norms = Math.sqrt(squaresOfA * squaresOfB);
  // Rounding can carry the quotient of parallel vectors just past 1.
  return norms === 0 ? 0 : Math.min(1, product / norms);
}

/**
 * Bucket keys by the signs of sparse random projections (Charikar 2002; sparse signs: Achlioptas 2003), 24 bands of 24
 * bits. Two vectors at angle θ share a bucket with probability about 1 − (1 − (1 − θ/π)²⁴)²⁴: .996 at a cosine of
 * .98, .02 at 45°.
 *
 * @param length of every vector.
 */
export function createSimHash(length: number): (vector: Vector) => number[] {
  const bits = BANDS * BITS_PER_BAND;
  const components = Uint32Array.from({ length: bits * COMPONENTS_PER_BIT }, (_, i) => mix32(fixedSeed(i)) % length);
  const words = new Uint32Array(BANDS);
  return (vector) => {
    words.fill(0);
    for (let bit = 0, at = 0; bit < bits; bit++) {
      let sum = 0;
      for (const end = at + COMPONENTS_PER_BIT; at < end; at += 2)
        sum += vector[components[at]!]! - vector[components[at + 1]!]!;
      const band = Math.floor(bit / BITS_PER_BAND);
      words[band] = words[band]! * 2 + (sum > 0 ? 1 : 0);
    }
    return Array.from(words, (_, band) => bucketKey(words, band, band + 1));
  };
}
