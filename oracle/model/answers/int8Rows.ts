import { roundHalfEven } from "../../numerics/roundHalfEven.ts";

/** Vectors as int8 with one scale each: row ≈ values · scale. Their products are integers, so they are exact in any order. */
export interface Int8Rows {
  readonly dimension: number;
  readonly values: Int8Array;
  readonly scales: Float64Array;
}

/** Rounds to nearest, ties to even. */
export function toInt8(rows: Float32Array, dimension: number): Int8Rows {
  const count = rows.length / dimension;
  const values = new Int8Array(rows.length);
  const scales = new Float64Array(count);
  for (let row = 0; row < count; row++) {
    let largest = 0;
    for (let j = row * dimension; j < (row + 1) * dimension; j++) largest = Math.max(largest, Math.abs(rows[j]!));
    if (largest === 0) continue;
    scales[row] = largest / 127;
    for (let j = row * dimension; j < (row + 1) * dimension; j++) values[j] = roundHalfEven((rows[j]! / largest) * 127);
  }
  return { dimension, values, scales };
}
