const view = new DataView(new ArrayBuffer(8));
/** Smallest normal float64, and the factor that lifts every subnormal one above it. */
const SMALLEST_NORMAL = 2 ** -1022;
const LIFT = 2 ** 52;

/**
 * The power of two at or below the largest magnitude; 1 where all values are 0, NaN where one is not finite.
 *
 * Dividing by it is exact and brings the largest magnitude into [1, 2), so that squares neither overflow nor vanish. An algorithm of + − × ÷ √ gives
 * the same bits with it as without wherever nothing leaves the range of float64. Divide: the reciprocal of a subnormal scale is no finite number.
 */
export function binaryScale(values: Float64Array | Float32Array): number {
  let largest = 0;
  for (const value of values) {
    const magnitude = Math.abs(value);
    if (!(magnitude <= largest)) largest = magnitude;
    if (!(largest < Infinity)) return NaN;
  }
  if (largest === 0) return 1;
  return largest < SMALLEST_NORMAL ? powerBelow(largest * LIFT) / LIFT : powerBelow(largest);
}

/** @param value normal and positive */
function powerBelow(value: number): number {
  view.setFloat64(0, value);
  view.setUint32(0, view.getUint32(0) & 0x7ff00000);
  view.setUint32(4, 0);
  return view.getFloat64(0);
}
