/** Reads an element of a tensor as float32, at a byte. */
export interface FloatFormat {
  readonly bytes: number;
  readonly read: (data: DataView, at: number) => number;
}

/** The kinds of floating-point numbers that float32 holds without rounding, by their names in safetensors files. */
export const FLOAT_FORMATS: ReadonlyMap<string, FloatFormat> = new Map([
  ["F32", { bytes: 4, read: (data, at) => data.getFloat32(at, true) }],
  ["F16", { bytes: 2, read: (data, at) => halfPrecision(data.getUint16(at, true)) }],
  ["BF16", { bytes: 2, read: (data, at) => upperHalf(data.getUint16(at, true)) }],
]);

const FRACTION_BITS = 10;
const EXPONENT_BIAS = 15;
const LARGEST_EXPONENT = 31;

/** IEEE 754 binary16. */
function halfPrecision(bits: number): number {
  const sign = bits >> 15 === 0 ? 1 : -1;
  const exponent = (bits >> FRACTION_BITS) & LARGEST_EXPONENT;
  const fraction = (bits & ((1 << FRACTION_BITS) - 1)) / (1 << FRACTION_BITS);
  if (exponent === LARGEST_EXPONENT) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0
    ? sign * fraction * 2 ** (1 - EXPONENT_BIAS)
    : sign * (1 + fraction) * 2 ** (exponent - EXPONENT_BIAS);
}

/** bfloat16: the upper half of a float32. */
function upperHalf(bits: number): number {
  return new Float32Array(Uint32Array.of(bits << 16).buffer)[0]!;
}
