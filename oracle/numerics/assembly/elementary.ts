// exp and log from + - * / alone; same steps as ../elementary.ts, which documents them.

function powerOfTwo(k: i32): f64 {
  return reinterpret<f64>((<u64>(k + 1023)) << 52);
}

export function exp(x: f64): f64 {
  if (!(x > -745.2)) return x == x ? 0 : NaN;
  if (x > 709.8) return Infinity;
  const k = x * 1.4426950408889634 + 6755399441055744.0 - 6755399441055744.0;
  const r = x - k * 0.69314718036912381649 - k * 1.90821492927058770002e-10;
  let p: f64 = 1.0 / 6227020800.0;
  p = p * r + 1.0 / 479001600.0;
  p = p * r + 1.0 / 39916800.0;
  p = p * r + 1.0 / 3628800.0;
  p = p * r + 1.0 / 362880.0;
  p = p * r + 1.0 / 40320.0;
  p = p * r + 1.0 / 5040.0;
  p = p * r + 1.0 / 720.0;
  p = p * r + 1.0 / 120.0;
  p = p * r + 1.0 / 24.0;
  p = p * r + 1.0 / 6.0;
  p = p * r + 0.5;
  p = p * r * r + r + 1.0;
  const half = (<i32>k) >> 1;
  return p * powerOfTwo(half) * powerOfTwo(<i32>k - half);
}

export function log(x: f64): f64 {
  if (!(x > 0)) return x == 0 ? -Infinity : NaN;
  if (x == Infinity) return Infinity;
  let exponent = 0;
  if (x < 2.2250738585072014e-308) {
    x *= 18014398509481984.0;
    exponent = -54;
  }
  const bits = reinterpret<u64>(x);
  exponent += <i32>(bits >> 52) - 1023;
  let m = reinterpret<f64>((bits & 0xfffffffffffff) | 0x3ff0000000000000);
  if (m > 1.4142135623730951) {
    m *= 0.5;
    exponent += 1;
  }
  const f = m - 1.0;
  const s = f / (m + 1.0);
  const z = s * s;
  let p: f64 = 1.0 / 23.0;
  p = p * z + 1.0 / 21.0;
  p = p * z + 1.0 / 19.0;
  p = p * z + 1.0 / 17.0;
  p = p * z + 1.0 / 15.0;
  p = p * z + 1.0 / 13.0;
  p = p * z + 1.0 / 11.0;
  p = p * z + 1.0 / 9.0;
  p = p * z + 1.0 / 7.0;
  p = p * z + 1.0 / 5.0;
  p = p * z + 1.0 / 3.0;
  // log(m) = 2s + 2s³p = f - s(f - 2z·p): the leading term f is exact.
  const e = <f64>exponent;
  return e * 0.69314718036912381649 + (e * 1.90821492927058770002e-10 - s * (f - 2.0 * z * p) + f);
}

export function tanh(x: f64): f64 {
  if (!(x > -0.125 && x < 0.125)) return 1.0 - 2.0 / (1.0 + exp(2.0 * x));
  const z = x * x;
  let p: f64 = -929569.0 / 638512875.0;
  p = p * z + 21844.0 / 6081075.0;
  p = p * z - 1382.0 / 155925.0;
  p = p * z + 62.0 / 2835.0;
  p = p * z - 17.0 / 315.0;
  p = p * z + 2.0 / 15.0;
  p = p * z - 1.0 / 3.0;
  return x + x * z * p;
}

function geluGate(x: f64): f64 {
  return 1.0 / (1.0 + exp(-(2.0 * 0.7978845608028654 * (x + 0.044715 * x * x * x))));
}

export function gelu(x: f64): f64 {
  return x * geluGate(x);
}

export function geluSlope(x: f64): f64 {
  const s = geluGate(x);
  return s + x * s * (1.0 - s) * (2.0 * 0.7978845608028654 * (1.0 + 3.0 * 0.044715 * x * x));
}
