import { roundHalfEven } from "./roundHalfEven.ts";

const f = Math.fround;
const bits = new DataView(new ArrayBuffer(4));

function horner(coefficients: readonly number[], x: number): number {
  return coefficients.reduce((sum, coefficient) => f(f(sum * x) + coefficient));
}

const EXP = [1.98756915e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1].map(f);
const LOG2_E = f(1.44269504);
/** ln 2 in two parts; the first has few enough digits that its multiples are exact. */
const LN2_HIGH = f(0.693359375);
const LN2_LOW = f(-2.1219444e-4);
const LEAST = -87;

/** e^x in float32 for x ≤ 0 (Cephes' expf): within 2 ulp down to -87, where it stays. */
export function exp32(argument: number): number {
  const x = argument > LEAST ? argument : LEAST;
  const n = roundHalfEven(f(x * LOG2_E));
  const r = f(f(x - f(n * LN2_HIGH)) - f(n * LN2_LOW));
  const y = f(f(f(horner(EXP, r) * f(r * r)) + r) + 1);
  bits.setInt32(0, (n + 127) << 23);
  return f(y * bits.getFloat32(0));
}

const ERF_ABOVE = [
  -2.72614225801306e-10, 2.77068142495902e-8, -2.10102402082508e-6, -5.69250639462346e-5, -7.34990630326855e-4,
  -2.95459980854025e-3, -1.60960333262415e-2,
].map(f);
const ERF_BELOW = [
  -1.45660718464996e-5, -2.13374055278905e-4, -1.68282697438203e-3, -7.37332916720468e-3, -1.42647390514189e-2,
].map(f);
/** From here on erf is 1 in float32, or nearly. */
const ERF_END = 4;

/** The error function in float32, a quotient of polynomials: within 4·10^-7. */
export function erf32(argument: number): number {
  const x = Math.max(Math.min(argument, ERF_END), -ERF_END);
  const z = f(x * x);
  return f(f(x * horner(ERF_ABOVE, z)) / horner(ERF_BELOW, z));
}

const SQRT_HALF = f(0.70710678);

/** GELU(x) = x/2 · (1 + erf(x/√2)) in float32. */
export function geluByErf(x: number): number {
  return f(f(x * 0.5) * f(1 + erf32(f(x * SQRT_HALF))));
}
