import { roundHalfEven } from "../numerics/roundHalfEven.ts";

/** Largest scale of a feature row; the smallest is 1. */
const LARGEST_SCALE = 2 ** 24;

/**
 * Rows of a matrix as int8 with one scale each: row ≈ features · scale · unit, with one unit for all rows (scores are relative). A row of
 * zeros has features 0 and scale 1.
 *
 * @param values rows x columns
 */
export function quantiseRows(
  values: ArrayLike<number>,
  rows: number,
  columns: number,
): { features: Int8Array; scales: Uint32Array } {
  const largest = new Float64Array(rows);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) largest[r] = Math.max(largest[r]!, Math.abs(values[r * columns + c]!));
  }
  const top = largest.reduce((max, value) => Math.max(max, value), 0);
  const features = new Int8Array(rows * columns);
  const scales = new Uint32Array(rows).fill(1);
  for (let r = 0; r < rows; r++) {
    if (largest[r] === 0) continue;
    // Rounded up, so that the row's largest value stays within 127 steps of scale · unit.
    scales[r] = Math.max(1, Math.ceil((largest[r]! / top) * LARGEST_SCALE));
    const step = (scales[r]! * top) / LARGEST_SCALE / 127;
    for (let c = 0; c < columns; c++) {
      const value = roundHalfEven(values[r * columns + c]! / step);
      features[r * columns + c] = Math.max(-127, Math.min(127, value));
    }
  }
  return { features, scales };
}
