import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { binaryScale } from "./binaryScale.ts";
import { exp, gelu, geluSlope, log, sigmoid, tanh } from "./elementary.ts";
import { permutation, randomStream } from "./random.ts";
import { anySize, LARGEST, SMALLEST } from "./testing/anySize.ts";

describe("the scale of values", () => {
  it("is the power of two at or below the largest magnitude, over all of float64", () => {
    for (let exponent = -1074; exponent <= 1023; exponent++) {
      const power = exponent < -1022 ? SMALLEST * 2 ** (exponent + 1074) : 2 ** exponent;
      expect(binaryScale(Float64Array.of(0, -power))).toBe(power);
      if (exponent > -1022) expect(binaryScale(Float64Array.of(power * 1.999))).toBe(power);
    }
    expect(binaryScale(Float64Array.of(LARGEST))).toBe(2 ** 1023);
    expect(binaryScale(new Float64Array(3))).toBe(1);
    expect(binaryScale(Float64Array.of(1, NaN, 2))).toBeNaN();
    expect(binaryScale(Float64Array.of(-Infinity))).toBeNaN();
  });
});

describe("elementary functions over the range of float64", () => {
  const FUNCTIONS = { exp, log, sigmoid, tanh, gelu, geluSlope };
  const EXACT = { exp: Math.exp, log: Math.log, sigmoid: (x: number) => 1 / (1 + Math.exp(-x)), tanh: Math.tanh };

  it("are a number for every number", () => {
    fc.assert(
      fc.property(fc.oneof(anySize, fc.constantFrom(0, -0, SMALLEST, -SMALLEST, LARGEST, -LARGEST)), (x) => {
        for (const [name, f] of Object.entries(FUNCTIONS)) {
          if (name === "log" && x < 0) continue;
          expect(f(x), `${name}(${x})`).not.toBeNaN();
        }
        expect(geluSlope(x)).toBeGreaterThan(-0.2);
        expect(geluSlope(x)).toBeLessThan(1.2);
      }),
      { numRuns: 2000 },
    );
  });

  it("agree with the engine's own to 1e-12, wherever that is a normal number", () => {
    fc.assert(
      fc.property(fc.double({ min: -800, max: 800, noNaN: true }), anySize, (x, any) => {
        for (const argument of [x, any, Math.abs(any)]) {
          for (const [name, exact] of Object.entries(EXACT)) {
            const expected = exact(argument);
            if (Number.isNaN(expected) || (expected !== 0 && Math.abs(expected) < 1e-300)) continue;
            const actual = FUNCTIONS[name as keyof typeof EXACT](argument);
            if (!Number.isFinite(expected)) expect(actual).toBe(expected);
            else
              expect(Math.abs(actual - expected), `${name}(${argument})`).toBeLessThanOrEqual(
                1e-12 * Math.abs(expected),
              );
          }
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe("random numbers of any seed", () => {
  it("stay inside their range, whatever seed, stream and bound", () => {
    fc.assert(
      fc.property(
        fc.nat(0xffffffff),
        fc.nat(0xffffffff),
        fc.integer({ min: 1, max: 2 ** 32 }),
        (seed, purpose, bound) => {
          const stream = randomStream(seed, purpose);
          for (let i = 0; i < 20; i++) {
            expect(stream.below(bound)).toBeLessThan(bound);
            const uniform = stream.uniform();
            expect(uniform >= 0 && uniform < 1).toBe(true);
            expect(Math.abs(stream.normal())).toBeLessThan(13);
          }
        },
      ),
      { numRuns: 200 },
    );
    expect(randomStream(1, 2).below(1)).toBe(0);
    expect([...permutation(randomStream(1, 2), 1)]).toEqual([0]);
  });
});
