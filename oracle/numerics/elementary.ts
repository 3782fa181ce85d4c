/**
 * Elementary functions from + - × ÷ alone, so that every engine gives the same bits (ECMAScript leaves Math.exp and its
 * kin to the implementation). Error bounds, tested against 60-digit references: see docs/numerics.md.
 */

const LOG2_E = 1.4426950408889634;
/** ln 2 in two parts; k · LN2_HIGH is exact for |k| < 2^20. */
const LN2_HIGH = 6.9314718036912381649e-1;
const LN2_LOW = 1.90821492927058770002e-10;
/** Adding and subtracting 1.5 · 2^52 rounds to the nearest integer, ties to even. */
const ROUND = 6755399441055744;

const bits = new DataView(new ArrayBuffer(8));

/** 2^k for -1022 ≤ k ≤ 1023. */
function powerOfTwo(k: number): number {
  bits.setUint32(0, (k + 1023) << 20);
  bits.setUint32(4, 0);
  return bits.getFloat64(0);
}

/** e^x. Error below 1 ulp for normal results; 0 below -745.2, Infinity above 709.8. */
export function exp(x: number): number {
  if (!(x > -745.2)) return x === x ? 0 : NaN;
  if (x > 709.8) return Infinity;
  const k = x * LOG2_E + ROUND - ROUND;
  const r = x - k * LN2_HIGH - k * LN2_LOW;
  // Taylor series: |r| ≤ ln 2 / 2, so the first term left out is below 2^-57.
  let p = 1 / 6227020800;
  p = p * r + 1 / 479001600;
  p = p * r + 1 / 39916800;
  p = p * r + 1 / 3628800;
  p = p * r + 1 / 362880;
  p = p * r + 1 / 40320;
  p = p * r + 1 / 5040;
  p = p * r + 1 / 720;
  p = p * r + 1 / 120;
  p = p * r + 1 / 24;
  p = p * r + 1 / 6;
  p = p * r + 0.5;
  p = p * r * r + r + 1;
  // Two factors, so that neither leaves the exponent range when the result is subnormal.
  const half = k >> 1;
  return p * powerOfTwo(half) * powerOfTwo(k - half);
}

/** Natural logarithm. Error below 1 ulp; -Infinity at 0, NaN below. */
export function log(x: number): number {
  if (!(x > 0)) return x === 0 ? -Infinity : NaN;
  if (x === Infinity) return Infinity;
  let exponent = 0;
  if (x < 2.2250738585072014e-308) {
    x *= 18014398509481984;
    exponent = -54;
  }
  bits.setFloat64(0, x);
  const high = bits.getUint32(0);
  exponent += (high >>> 20) - 1023;
  bits.setUint32(0, (high & 0xfffff) | 0x3ff00000);
  let m = bits.getFloat64(0);
  if (m > 1.4142135623730951) {
    m *= 0.5;
    exponent += 1;
  }
  // log m = 2 artanh(s), s = (m - 1) / (m + 1); |s| < 0.172, so the first term left out is below 2^-61.
  const f = m - 1;
  const s = f / (m + 1);
  const z = s * s;
  let p = 1 / 23;
  p = p * z + 1 / 21;
  p = p * z + 1 / 19;
  p = p * z + 1 / 17;
  p = p * z + 1 / 15;
  p = p * z + 1 / 13;
  p = p * z + 1 / 11;
  p = p * z + 1 / 9;
  p = p * z + 1 / 7;
  p = p * z + 1 / 5;
  p = p * z + 1 / 3;
  return exponent * LN2_HIGH + (exponent * LN2_LOW - s * (f - 2 * z * p) + f);
}

/** 1 / (1 + e^-x). */
export function sigmoid(x: number): number {
  return 1 / (1 + exp(-x));
}

/** Hyperbolic tangent. Relative error below 4·10^-15. */
export function tanh(x: number): number {
  if (!(x > -0.125 && x < 0.125)) return 1 - 2 / (1 + exp(2 * x));
  // Taylor series: the first term left out is below 2^-58 of the result.
  const z = x * x;
  let p = -929569 / 638512875;
  p = p * z + 21844 / 6081075;
  p = p * z - 1382 / 155925;
  p = p * z + 62 / 2835;
  p = p * z - 17 / 315;
  p = p * z + 2 / 15;
  p = p * z - 1 / 3;
  return x + x * z * p;
}

/** √(2/π) and the cubic coefficient of GELU's tanh form. */
const GELU_SCALE = 0.7978845608028654;
const GELU_CUBIC = 0.044715;

/** GELU in its tanh form (Hendrycks & Gimpel 2016): x/2·(1 + tanh(√(2/π)(x + 0.044715x³))) = x·sigmoid of twice that argument. */
export function gelu(x: number): number {
  return x * sigmoid(2 * GELU_SCALE * (x + GELU_CUBIC * x * x * x));
}

/** Derivative of {@link gelu}. */
export function geluSlope(x: number): number {
  const s = sigmoid(2 * GELU_SCALE * (x + GELU_CUBIC * x * x * x));
  // Where the gate is open or shut its slope is 0, but x² may be infinite.
  if (s === 0 || s === 1) return s;
  return s + x * s * (1 - s) * (2 * GELU_SCALE * (1 + 3 * GELU_CUBIC * x * x));
}

const TWO_OVER_PI = 6.36619772367581382433e-1;
/** π/2 in three parts; multiples of the first two are exact for fewer than 2^20 quarter turns. */
const QUARTER_HIGH = 1.57079632673412561417;
const QUARTER_MIDDLE = 6.0771005063039659766e-11;
const QUARTER_LOW = 2.02226624879595063154e-21;

/** Sine and cosine of an angle in radians, |x| below 10^6. Absolute error below 2·10^-16. */
export function sinCos(x: number): { readonly sin: number; readonly cos: number } {
  const quarters = x * TWO_OVER_PI + ROUND - ROUND;
  const r = x - quarters * QUARTER_HIGH - quarters * QUARTER_MIDDLE - quarters * QUARTER_LOW;
  // Taylor series: |r| ≤ π/4, so the first terms left out are below 2^-60.
  const z = r * r;
  let s = 1 / 355687428096000;
  s = s * z - 1 / 1307674368000;
  s = s * z + 1 / 6227020800;
  s = s * z - 1 / 39916800;
  s = s * z + 1 / 362880;
  s = s * z - 1 / 5040;
  s = s * z + 1 / 120;
  s = s * z - 1 / 6;
  const sin = r + r * z * s;
  let c = 1 / 20922789888000;
  c = c * z - 1 / 87178291200;
  c = c * z + 1 / 479001600;
  c = c * z - 1 / 3628800;
  c = c * z + 1 / 40320;
  c = c * z - 1 / 720;
  c = c * z + 1 / 24;
  c = c * z - 0.5;
  const cos = 1 + z * c;
  switch (quarters & 3) {
    case 0:
      return { sin, cos };
    case 1:
      return { sin: cos, cos: -sin };
    case 2:
      return { sin: -sin, cos: -cos };
    default:
      return { sin: -cos, cos: sin };
  }
}
