import { OutOfRangeError } from "../errors.ts";

/** 256 products of int16 and int8 stay below 2^30, so their sum is an exact int32. */
const LANE = 256;

/**
 * Exact inner product of an int16 functional with an int8 feature vector; below 2^33 in size for k ≤ 1024.
 *
 * @param offset where the feature vector begins in `features`.
 */
export function dot(functional: Int16Array, features: Int8Array, offset = 0): number {
  const k = functional.length;
  let total = 0;
  for (let start = 0; start < k; start += LANE) {
    const end = Math.min(start + LANE, k);
    let lane = 0;
    for (let j = start; j < end; j++) lane = (lane + Math.imul(functional[j]!, features[offset + j]!)) | 0;
    total += lane;
  }
  return total;
}

/**
 * {@link dot} with every row of a matrix.
 *
 * @param features row-major, rows × functional.length.
 * @returns one exact integer per row.
 */
export function dotRows(functional: Int16Array, features: Int8Array): Float64Array {
  const k = functional.length;
  if (k === 0 || features.length % k !== 0) {
    throw new OutOfRangeError("length of the features", features.length, `a multiple of the functional's ${k}`);
  }
  const products = new Float64Array(features.length / k);
  for (let row = 0; row < products.length; row++) products[row] = dot(functional, features, row * k);
  return products;
}
