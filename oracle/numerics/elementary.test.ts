import { describe, expect, it } from "vitest";
import { exp, gelu, geluSlope, log, sigmoid, sinCos, tanh } from "./elementary.ts";
import { randomStream } from "./random.ts";

/** Fixed point with 400 binary digits after the point. */
const DIGITS = 400n;
const ONE = 1n << DIGITS;

const view = new DataView(new ArrayBuffer(8));

/** The exact value of a double in fixed point, rounded below 2^-400. */
function fixed(x: number): bigint {
  view.setFloat64(0, x);
  const bits = view.getBigUint64(0);
  const exponent = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & 0xfffffffffffffn;
  const mantissa = exponent === 0 ? fraction : fraction | (1n << 52n);
  const shift = DIGITS + BigInt(Math.max(exponent, 1)) - 1075n;
  const magnitude = shift >= 0n ? mantissa << shift : mantissa >> -shift;
  return bits >> 63n === 1n ? -magnitude : magnitude;
}

/** e^x in fixed point: Taylor series of x / 2^16, squared 16 times. About 110 correct digits for |x| < 40. */
function exactExp(x: number): bigint {
  const reduced = fixed(x) >> 16n;
  let sum = ONE;
  let term = ONE;
  for (let n = 1n; term !== 0n; n++) {
    term = (term * reduced) / (n << DIGITS);
    sum += term;
  }
  for (let i = 0; i < 16; i++) sum = (sum * sum) >> DIGITS;
  return sum;
}

/** Distance of a double from an exact value, in units of its last place. */
function ulps(value: number, exact: bigint): number {
  view.setFloat64(0, value);
  const exponent = Number((view.getBigUint64(0) >> 52n) & 0x7ffn);
  const unit = 1n << (DIGITS + BigInt(Math.max(exponent, 1)) - 1075n);
  const difference = fixed(value) - exact;
  return Number(((difference < 0n ? -difference : difference) * 10_000n) / unit) / 10_000;
}

describe("exp", () => {
  it("is within 1 ulp of the exact value", () => {
    const stream = randomStream(1, 0);
    let worst = 0;
    for (let i = 0; i < 2000; i++) {
      const x = (i % 2 === 0 ? 2 : 80) * (stream.uniform() - 0.5);
      worst = Math.max(worst, ulps(exp(x), exactExp(x)));
    }
    expect(worst).toBeLessThan(1);
    expect(worst).toBeGreaterThan(0.4);
  });

  it("keeps its accuracy where results are subnormal and stops at both ends", () => {
    expect(exp(-745.13)).toBe(5e-324);
    expect(exp(-746)).toBe(0);
    expect(exp(-Infinity)).toBe(0);
    expect(exp(709.7) / 1.6549840276802644e308).toBeCloseTo(1, 14);
    expect(exp(710)).toBe(Infinity);
    expect(exp(0)).toBe(1);
    expect(exp(NaN)).toBeNaN();
  });
});

describe("log", () => {
  it("is within 1 ulp of the exact value: exp of the result is the argument", () => {
    // With l = log x·(1 + ε), exact e^l = x·(1 + ε·l); the derivative turns the error of l in ulps into one of e^l.
    const stream = randomStream(2, 0);
    let worst = 0;
    for (let i = 0; i < 2000; i++) {
      const x = i % 2 === 0 ? 0.5 + stream.uniform() : exp(60 * (stream.uniform() - 0.5));
      const value = log(x);
      if (value === 0) continue;
      const error = Number(((exactExp(value) - fixed(x)) * (1n << 80n)) / fixed(x)) / 2 ** 80;
      view.setFloat64(0, value);
      const unit = 2 ** (Number((view.getBigUint64(0) >> 52n) & 0x7ffn) - 1075);
      worst = Math.max(worst, Math.abs(error) / unit);
    }
    expect(worst).toBeLessThan(1);
    expect(worst).toBeGreaterThan(0.4);
  });

  it("handles powers of two exactly, subnormals and the edges of its domain", () => {
    expect(log(1)).toBe(0);
    expect(log(2)).toBe(Math.LN2);
    expect(log(5e-324)).toBeCloseTo(-744.4400719213812, 10);
    expect(log(0)).toBe(-Infinity);
    expect(log(-1)).toBeNaN();
    expect(log(Infinity)).toBe(Infinity);
    expect(log(NaN)).toBeNaN();
  });
});

describe("sigmoid", () => {
  it("is one half at 0 and settles at 0 and 1", () => {
    expect(sigmoid(0)).toBe(0.5);
    expect(sigmoid(-800)).toBe(0);
    expect(sigmoid(800)).toBe(1);
    expect(sigmoid(1) + sigmoid(-1)).toBeCloseTo(1, 15);
  });
});

describe("tanh", () => {
  it("has a relative error below 4e-15, through 0 and where the two formulas meet", () => {
    const stream = randomStream(3, 0);
    let worst = 0;
    for (let i = 0; i < 2000; i++) {
      const x = [0.25, 1e-6, 2, 30][i % 4]! * (stream.uniform() - 0.5);
      if (x === 0) continue;
      const power = exactExp(2 * x);
      const exact = ((power - ONE) << DIGITS) / (power + ONE);
      const error = ((fixed(tanh(x)) - exact) << 100n) / exact;
      worst = Math.max(worst, Math.abs(Number(error)) / 2 ** 100);
    }
    expect(worst).toBeLessThan(4e-15);
    expect(worst).toBeGreaterThan(1e-17);
  });

  it("is odd about 0 in its series, and settles at -1 and 1", () => {
    expect(tanh(0)).toBe(0);
    expect(tanh(-0.1)).toBe(-tanh(0.1));
    expect(tanh(-400)).toBe(-1);
    expect(tanh(400)).toBe(1);
    expect(tanh(NaN)).toBeNaN();
  });
});

describe("GELU", () => {
  it("is x/2·(1 + tanh(√(2/π)(x + 0.044715x³))), and its slope the quotient of differences", () => {
    for (let x = -6; x <= 6; x += 0.37) {
      const inner = Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3);
      expect(gelu(x)).toBeCloseTo((x / 2) * (1 + Math.tanh(inner)), 13);
      expect(geluSlope(x)).toBeCloseTo((gelu(x + 1e-5) - gelu(x - 1e-5)) / 2e-5, 8);
    }
    expect([gelu(0), gelu(3e38), Math.abs(gelu(-3e38)), geluSlope(3e38), Math.abs(geluSlope(-3e38))]).toEqual([
      0, 3e38, 0, 1, 0,
    ]);
  });
});

/** Sine and cosine in fixed point: Taylor series of x / 2^30, doubled 30 times. */
function exactSinCos(x: number): { readonly sin: bigint; readonly cos: bigint } {
  const times = (a: bigint, b: bigint) => (a * b) >> DIGITS;
  const reduced = fixed(x) >> 30n;
  let [sin, cos, term] = [0n, 0n, ONE];
  for (let n = 1n; term !== 0n; n++) {
    const [even, sign] = [n % 2n === 1n, (n - 1n) % 4n < 2n ? 1n : -1n];
    if (even) cos += sign * term;
    else sin += sign * term;
    term = times(term, reduced) / n;
  }
  for (let i = 0; i < 30; i++) [sin, cos] = [2n * times(sin, cos), ONE - 2n * times(sin, sin)];
  return { sin, cos };
}

describe("sine and cosine", () => {
  it("are within 2·10^-16 of the exact values, for small angles and for a million radians", () => {
    const stream = randomStream(9, 0);
    const least = ONE / 5_000_000_000_000_000n;
    for (let i = 0; i < 1_500; i++) {
      const x = (i % 3 === 0 ? 1 : i % 3 === 1 ? 100 : 2_000_000) * (stream.uniform() - 0.5);
      const [found, exact] = [sinCos(x), exactSinCos(x)];
      for (const name of ["sin", "cos"] as const) {
        const difference = fixed(found[name]) - exact[name];
        expect(difference < 0n ? -difference : difference).toBeLessThan(least);
      }
    }
  });

  it("are exact at 0", () => {
    expect(sinCos(0)).toEqual({ sin: 0, cos: 1 });
  });
});
