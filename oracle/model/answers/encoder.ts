/** Turns texts into vectors of length 1 (or 0 for a text without anything to go by); the same bits everywhere. */
export interface Encoder {
  readonly dimension: number;
  /** Texts x dimension, row by row. */
  encode(texts: readonly string[]): Float32Array;
}

/** Scales rows to length 1 in float64; a row of zeros stays. */
export function toLengthOne(rows: Float32Array, dimension: number): Float32Array {
  for (let start = 0; start < rows.length; start += dimension) {
    let square = 0;
    for (let j = start; j < start + dimension; j++) square += rows[j]! * rows[j]!;
    if (square === 0) continue;
    const length = Math.sqrt(square);
    for (let j = start; j < start + dimension; j++) rows[j] = rows[j]! / length;
  }
  return rows;
}
