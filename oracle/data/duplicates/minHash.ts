import { bucketKey, fixedSeed, mix32 } from "./mix32.ts";

const SHINGLE_LENGTH = 4;
const BANDS = 16;
const ROWS_PER_BAND = 4;

/**
 * The set of character 4-grams of a normalised text, its edges marked by spaces, as sorted distinct 32-bit hashes.
 * Texts of fewer than two characters are one shingle.
 */
export function shinglesOf(normalised: string): Uint32Array {
  const padded = ` ${normalised} `;
  const hashes = new Set<number>();
  for (let from = 0; from === 0 || from + SHINGLE_LENGTH <= padded.length; from++) {
    let hash = 0;
    const to = Math.min(from + SHINGLE_LENGTH, padded.length);
    for (let i = from; i < to; i++) hash = mix32(Math.imul(hash, 31) + padded.charCodeAt(i));
    hashes.add(hash);
  }
  return Uint32Array.from(hashes).sort();
}

/** |A ∩ B| / |A ∪ B| of two sorted sets, not both empty. */
export function jaccard(a: Uint32Array, b: Uint32Array): number {
  let common = 0;
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    if (a[i] === b[j]) common++;
    const step = a[i]! - b[j]!;
    if (step <= 0) i++;
    if (step >= 0) j++;
  }
  return common / (a.length + b.length - common);
}

/**
 * Bucket keys by MinHash (Broder 1997) in 16 bands of 4 rows: two sets of Jaccard similarity s share a bucket with
 * probability 1 − (1 − s⁴)¹⁶: .988 at s = .7, .9998 at s = .8, .64 at s = .5.
 */
export function minHashBuckets(shingles: Uint32Array): number[] {
  const smallest = new Uint32Array(BANDS * ROWS_PER_BAND).fill(0xffffffff);
  for (let h = 0; h < smallest.length; h++) {
    const seed = fixedSeed(h);
    let least = 0xffffffff;
    for (let i = 0; i < shingles.length; i++) {
      const hash = mix32(shingles[i]! ^ seed);
      if (hash < least) least = hash;
    }
    smallest[h] = least;
  }
  return Array.from({ length: BANDS }, (_, band) =>
    bucketKey(smallest, band * ROWS_PER_BAND, (band + 1) * ROWS_PER_BAND),
  );
}
