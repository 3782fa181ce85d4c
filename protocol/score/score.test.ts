import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MalformedError, OutOfRangeError } from "../errors.ts";
import { dot, dotRows } from "./dot.ts";
import { directionOf } from "./direction.ts";
import { decodeInt16, encodeInt16, quantiseInt16 } from "./int16Vector.ts";
import { payoutOf, payoutsOf } from "./payout.ts";
import { scoresOf } from "./score.ts";
import { weightsOf, type WeightFacts } from "./weight.ts";

const vectors = fc.integer({ min: 1, max: 32 }).chain((blocks) => {
  const k = 32 * blocks;
  return fc.record({
    functional: fc.int16Array({ minLength: k, maxLength: k }),
    features: fc.int8Array({ minLength: 3 * k, maxLength: 3 * k }),
  });
});

const bigintDot = (a: Int16Array, b: Int8Array): bigint => {
  let sum = 0n;
  a.forEach((x, i) => (sum += BigInt(x) * BigInt(b[i]!)));
  return sum;
};

describe("dot product", () => {
  it("refuses a matrix that has no whole rows", () => {
    expect(() => dotRows(new Int16Array(32), new Int8Array(33))).toThrow(OutOfRangeError);
    expect(() => scoresOf(new Int16Array(32), new Int8Array(64), [1])).toThrow(OutOfRangeError);
  });

  it("is exact at the extremes of k = 1024", () => {
    const low = new Int16Array(1024).fill(-32768);
    expect(dot(low, new Int8Array(1024).fill(-128))).toBe(2 ** 32);
    expect(dot(low, new Int8Array(1024).fill(127))).toBe(-32768 * 127 * 1024);
    expect(scoresOf(low, new Int8Array(1024).fill(-128), [0xffffffff])).toEqual([2n ** 32n * 0xffffffffn]);
  });

  it("equals the sum of products in exact arithmetic", () => {
    fc.assert(
      fc.property(vectors, ({ functional, features }) => {
        const k = functional.length;
        const expected = [0, 1, 2].map((row) => bigintDot(functional, features.subarray(row * k, (row + 1) * k)));
        expect(Array.from(dotRows(functional, features), BigInt)).toEqual(expected);
        const scales = [1, 7, 0xffffffff];
        expect(scoresOf(functional, features, scales)).toEqual(expected.map((sum, row) => sum * BigInt(scales[row]!)));
      }),
    );
  });
});

describe("int16 vectors", () => {
  it("refuse half a component", () => {
    expect(() => decodeInt16(new Uint8Array(3))).toThrow(MalformedError);
  });

  it("survive encoding, high byte first", () => {
    expect([...encodeInt16(Int16Array.of(1, -2))]).toEqual([0, 1, 255, 254]);
    fc.assert(
      fc.property(fc.int16Array(), (vector) => {
        expect(decodeInt16(encodeInt16(vector))).toEqual(vector);
      }),
    );
  });
});

const fact = (score: bigint, quality = 0n, examples = 10, accrues = true): WeightFacts => ({
  score,
  quality,
  examples,
  accrues,
});

describe("quantisation to int16", () => {
  it("refuses what is not finite", () => {
    expect(() => quantiseInt16(Float64Array.of(1, NaN))).toThrow(OutOfRangeError);
    expect(() => quantiseInt16(Float64Array.of(Infinity))).toThrow(OutOfRangeError);
  });

  it("uses the whole range, rounds halves to even, and keeps zero", () => {
    expect([...quantiseInt16(Float64Array.of(0, -0))]).toEqual([0, 0]);
    expect([...quantiseInt16(Float64Array.of(32767, 0.5, 1.5, -0.5, -1.5, 2.4, -32767))]).toEqual([
      32767, 0, 2, 0, -2, 2, -32767,
    ]);
    expect([...quantiseInt16(Float64Array.of(1e-300, -5e-301))]).toEqual([32767, -16384]);
  });

  it("is off by at most half a step, whatever the scale", () => {
    const vector = fc.array(fc.double({ noNaN: true, min: -1e15, max: 1e15 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(vector, (components) => {
        const largest = components.reduce((max, x) => Math.max(max, Math.abs(x)), 0);
        quantiseInt16(Float64Array.from(components)).forEach((step, i) => {
          const exact = largest === 0 ? 0 : (components[i]! / largest) * 32767;
          expect(Math.abs(step - exact)).toBeLessThanOrEqual(0.5);
        });
      }),
    );
  });
});

describe("weights", () => {
  it("cannot be had where there is nobody to pay", () => {
    expect(() => weightsOf([], false)).toThrow(OutOfRangeError);
    expect(() => weightsOf([fact(5n, 0n, 0, false)], false)).toThrow(OutOfRangeError);
  });

  it("are positive scores of contributions that accrue and do not harm", () => {
    const facts = [fact(5n), fact(-5n), fact(7n, -1n), fact(9n, 0n, 10, false), fact(3n, 1n)];
    expect(weightsOf(facts, false)).toEqual({ weights: [5n, 0n, 0n, 0n, 3n], total: 8n, fallbackSplit: false });
  });

  it("fall back to examples below the certificate's floor", () => {
    const facts = [fact(5n, 0n, 2), fact(-5n, -1n, 3), fact(9n, 0n, 4, false)];
    expect(weightsOf(facts, true)).toEqual({ weights: [2n, 3n, 0n], total: 5n, fallbackSplit: true });
  });

  it("fall back to examples where nothing has influence, and to all examples where everything is revoked", () => {
    expect(weightsOf([fact(-5n, 0n, 2), fact(0n, 0n, 3)], false)).toEqual({
      weights: [2n, 3n],
      total: 5n,
      fallbackSplit: true,
    });
    const revoked = [fact(5n, 0n, 2, false), fact(6n, 0n, 3, false)];
    expect(weightsOf(revoked, false)).toEqual({ weights: [2n, 3n], total: 5n, fallbackSplit: true });
  });
});

const weightList = fc.array(fc.bigInt({ min: 0n, max: (1n << 97n) - 1n }), { minLength: 1, maxLength: 30 });
const someWeight = weightList.filter((weights) => weights.some((weight) => weight > 0n));
const pools = fc.bigInt({ min: 0n, max: 10n ** 27n });
const sum = (values: readonly bigint[]) => values.reduce((a, b) => a + b, 0n);

describe("payouts", () => {
  it("need a positive total, a leaf inside it, and amounts of 256 bits", () => {
    expect(() => payoutsOf(1n, [0n, 0n])).toThrow(OutOfRangeError);
    expect(() => payoutsOf(1n << 256n, [1n])).toThrow(OutOfRangeError);
    expect(() => payoutsOf(1n, [1n << 128n])).toThrow(OutOfRangeError);
    expect(() => payoutOf(1n, 0n, 0n, 0n)).toThrow(OutOfRangeError);
    expect(() => payoutOf(1n, 3n, 2n, 4n)).toThrow(OutOfRangeError);
    expect(() => payoutOf(-1n, 0n, 1n, 1n)).toThrow(OutOfRangeError);
  });

  it("sum to the pool exactly, each less than 1 wei from the exact share", () => {
    fc.assert(
      fc.property(pools, someWeight, (pool, weights) => {
        const total = sum(weights);
        const payouts = payoutsOf(pool, weights);
        expect(sum(payouts)).toBe(pool);
        payouts.forEach((payout, i) => {
          const difference = payout * total - pool * weights[i]!;
          expect(difference > -total && difference < total).toBe(true);
          expect(payout).toBe(payoutOf(pool, sum(weights.slice(0, i)), weights[i]!, total));
        });
      }),
    );
  });

  it("of the parts of a split weight sum to the payout of the whole, and move nobody else's", () => {
    fc.assert(
      fc.property(
        pools,
        someWeight,
        fc.nat(),
        fc.array(fc.bigInt({ min: 0n, max: 1n << 96n }), { maxLength: 8 }),
        (pool, weights, at, cuts) => {
          const place = at % weights.length;
          const whole = payoutsOf(pool, weights);
          const edges = [0n, ...cuts.map((cut) => cut % (weights[place]! + 1n)), weights[place]!].sort((a, b) =>
            a < b ? -1 : 1,
          );
          const parts = edges.slice(1).map((edge, i) => edge - edges[i]!);
          const split = payoutsOf(pool, weights.toSpliced(place, 1, ...parts));
          expect(sum(split.slice(place, place + parts.length))).toBe(whole[place]);
          expect(split.toSpliced(place, parts.length)).toEqual(whole.toSpliced(place, 1));
        },
      ),
    );
  });

  it("never pay a leaf without weight", () => {
    fc.assert(
      fc.property(pools, someWeight, (pool, weights) => {
        payoutsOf(pool, weights).forEach((payout, i) => {
          expect(weights[i] !== 0n || payout === 0n).toBe(true);
        });
      }),
    );
  });
});

describe("the direction of a version", () => {
  const vector = (k: number) => fc.array(fc.integer({ min: -32767, max: 32767 }), { minLength: k, maxLength: k });
  const functionals = fc.array(
    vector(32).map((components) => Int16Array.from(components)),
    { minLength: 1, maxLength: 16 },
  );

  it("of one Datanet is its own functional", () => {
    fc.assert(
      fc.property(vector(32), (components) => {
        const own = quantiseInt16(Float64Array.from(components));
        expect(directionOf([own], 32)).toEqual(own);
      }),
    );
  });

  it("is within half a step of the sum, and as long as a step can be", () => {
    fc.assert(
      fc.property(functionals, (given) => {
        const sum = Array.from({ length: 32 }, (_, j) => given.reduce((total, g) => total + g[j]!, 0));
        const largest = Math.max(...sum.map(Math.abs));
        const direction = directionOf(given, 32);
        if (largest === 0) expect(direction).toEqual(new Int16Array(32));
        else {
          expect(Math.max(...direction.map(Math.abs))).toBe(32767);
          for (const [j, value] of direction.entries()) {
            expect(Math.abs(value * largest - sum[j]! * 32767)).toBeLessThanOrEqual(largest / 2);
          }
        }
      }),
    );
  });

  it("does not depend on the order of the Datanets, nor on those that want nothing or cannot be read", () => {
    fc.assert(
      fc.property(functionals, (given) => {
        const direction = directionOf(given, 32);
        expect(directionOf(given.toReversed(), 32)).toEqual(direction);
        expect(directionOf([...given, new Int16Array(32), new Int16Array(64).fill(9)], 32)).toEqual(direction);
      }),
    );
  });
});
