/** Turns texts into vectors of length 1 (or 0 for a text without anything to go by); the same bits everywhere. */
export interface Encoder {
  readonly dimension: number;
  /** Texts x dimension, row by row. */
  encode(texts: readonly string[]): Float32Array;
}

/** Several encoders' vectors side by side, of length 1 together: similarities are the means of theirs. */
export function joined(encoders: readonly Encoder[]): Encoder {
  if (encoders.length === 1) return encoders[0]!;
  const dimension = encoders.reduce((sum, one) => sum + one.dimension, 0);
  const scale = Math.sqrt(1 / encoders.length);
  return {
    dimension,
    encode(texts) {
      const out = new Float32Array(texts.length * dimension);
      let first = 0;
      for (const one of encoders) {
        const vectors = one.encode(texts);
        for (let row = 0; row < texts.length; row++) {
          for (let j = 0; j < one.dimension; j++) {
            out[row * dimension + first + j] = scale * vectors[row * one.dimension + j]!;
          }
        }
        first += one.dimension;
      }
      return out;
    },
  };
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
