import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { permutation, philox, randomStream } from "./random.ts";

function rounds(counter: number[], key: number[]): string {
  const out = new Uint32Array(4);
  philox(counter, key, out);
  return [...out].map((word) => word.toString(16).padStart(8, "0")).join(" ");
}

describe("Philox4x32-10", () => {
  it("gives the known-answer vectors of the Random123 distribution", () => {
    expect(rounds([0, 0, 0, 0], [0, 0])).toBe("6627e8d5 e169c58d bc57ac4c 9b00dbd8");
    const ones = 0xffffffff;
    expect(rounds([ones, ones, ones, ones], [ones, ones])).toBe("408f276d 41c83b0e a20bc7c6 6d5451fd");
    expect(rounds([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0])).toBe(
      "d16cfe09 94fdcceb 5001e420 24126ea1",
    );
  });
});

describe("a random stream", () => {
  it("is a function of its seed and stream numbers", () => {
    const draw = (seed: number, a: number, b: number, c: number) => randomStream(seed, a, b, c).uint32();
    expect(draw(1, 2, 3, 4)).toBe(draw(1, 2, 3, 4));
    expect(
      new Set([draw(1, 2, 3, 4), draw(2, 2, 3, 4), draw(1, 3, 3, 4), draw(1, 2, 4, 4), draw(1, 2, 3, 5)]).size,
    ).toBe(5);
  });

  it("draws normals with the moments of the standard normal", () => {
    const stream = randomStream(7, 0);
    const n = 100_000;
    let [first, second, third, fourth] = [0, 0, 0, 0];
    for (let i = 0; i < n; i++) {
      const x = stream.normal();
      first += x / n;
      second += (x * x) / n;
      third += (x * x * x) / n;
      fourth += (x * x * x * x) / n;
    }
    // Five standard errors of each moment.
    expect(Math.abs(first)).toBeLessThan(5 * Math.sqrt(1 / n));
    expect(Math.abs(second - 1)).toBeLessThan(5 * Math.sqrt(2 / n));
    expect(Math.abs(third)).toBeLessThan(5 * Math.sqrt(15 / n));
    expect(Math.abs(fourth - 3)).toBeLessThan(5 * Math.sqrt(96 / n));
  });

  it("draws bounded integers evenly", () => {
    const stream = randomStream(9, 1);
    const counts = new Array<number>(7).fill(0);
    for (let i = 0; i < 70_000; i++) counts[stream.below(7)]!++;
    const chiSquared = counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0);
    // The 99.99 % quantile of χ² with 6 degrees of freedom.
    expect(chiSquared).toBeLessThan(27.9);
  });

  it("permutes without loss", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 300 }), fc.nat(), (n, seed) => {
        const order = permutation(randomStream(seed, 0), n);
        expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i));
      }),
      { numRuns: 50 },
    );
  });
});
