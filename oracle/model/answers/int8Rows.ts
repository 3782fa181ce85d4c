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

/** A row that was found, and how similar it is. */
export interface Match {
  readonly row: number;
  readonly similarity: number;
}

/** The rows most similar to a query (row `q` of `queries`), the most similar first, of equals the earlier. */
export function mostSimilar(queries: Int8Rows, q: number, rows: Int8Rows, limit: number): Match[] {
  const { dimension, values, scales } = rows;
  const query = queries.values.subarray(q * dimension, (q + 1) * dimension);
  const best: Match[] = [];
  for (let row = 0; row < scales.length; row++) {
    const similarity = dotInt8(query, values, row * dimension) * (queries.scales[q]! * scales[row]!);
    if (best.length === limit && similarity <= best[limit - 1]!.similarity) continue;
    let place = best.length;
    while (place > 0 && best[place - 1]!.similarity < similarity) place--;
    best.splice(place, 0, { row, similarity });
    if (best.length > limit) best.pop();
  }
  return best;
}

/** Four sums side by side: integers, so the order does not matter. */
function dotInt8(query: Int8Array, values: Int8Array, at: number): number {
  let [a, b, c, d] = [0, 0, 0, 0];
  const whole = query.length & ~3;
  for (let j = 0; j < whole; j += 4) {
    a = (a + query[j]! * values[at + j]!) | 0;
    b = (b + query[j + 1]! * values[at + j + 1]!) | 0;
    c = (c + query[j + 2]! * values[at + j + 2]!) | 0;
    d = (d + query[j + 3]! * values[at + j + 3]!) | 0;
  }
  for (let j = whole; j < query.length; j++) a = (a + query[j]! * values[at + j]!) | 0;
  return (a + b + (c + d)) | 0;
}
