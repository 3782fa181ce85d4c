import { describe, expect, it } from "vitest";
import { randomStream } from "../../numerics/random.ts";
import { leastSquares, RankDeficientError } from "./leastSquares.ts";
import { drawCoalitions, fitShapley, shapleyReliability } from "./shapley.ts";

describe("Shapley values from coalitions", () => {
  it("needs as many observations as players", () => {
    expect(() => leastSquares([Float64Array.of(1, 2)], [1])).toThrow(RankDeficientError);
  });

  it("draws complementary pairs, every size equally often", () => {
    const coalitions = drawCoalitions(50, 100, 7);
    for (let pair = 0; pair < 50; pair++) {
      const both = [...coalitions[2 * pair]!.members, ...coalitions[2 * pair + 1]!.members].sort((a, b) => a - b);
      expect(both).toEqual(Array.from({ length: 50 }, (_, i) => i));
    }
    const sizes = new Map<number, number>();
    for (const { stratum } of coalitions) sizes.set(stratum, (sizes.get(stratum) ?? 0) + 1);
    expect([...sizes].sort((a, b) => a[0] - b[0])).toEqual([
      [5, 20],
      [15, 20],
      [25, 20],
      [35, 20],
      [45, 20],
    ]);
  });

  it("recovers an additive game exactly and distributes the total", () => {
    const values = Array.from({ length: 12 }, (_, i) => Math.sin(i)); // any fixed numbers
    const coalitions = drawCoalitions(12, 80, 3);
    const utilities = coalitions.map(({ members }) => 5 + members.reduce((sum, c) => sum + values[c]!, 0));
    const total = values.reduce((sum, value) => sum + value, 0);
    const fit = fitShapley(12, coalitions, utilities, total);
    for (let c = 0; c < 12; c++) expect(fit[c]).toBeCloseTo(values[c]!, 5);
  });

  it("finds a diminishing game's values: equal players earn equally, the useless one least", () => {
    const coalitions = drawCoalitions(10, 400, 5);
    const utilities = coalitions.map(({ members }) => Math.sqrt(members.filter((c) => c !== 4).length));
    const fit = fitShapley(10, coalitions, utilities, 3);
    const useful = [...fit].filter((_, c) => c !== 4);
    expect(Math.abs(fit[4]!)).toBeLessThan(0.07); // a dummy's Shapley value is 0, the others' 1/3
    for (const value of useful) expect(value).toBeCloseTo(3 / 9, 1);
  });

  it("says that pure noise is not reliable and that a clean game is", () => {
    const coalitions = drawCoalitions(20, 200, 9);
    const random = randomStream(1, 0);
    const noise = shapleyReliability(
      20,
      coalitions,
      coalitions.map(() => random.normal()),
      1,
    );
    const clean = shapleyReliability(
      20,
      coalitions,
      coalitions.map(({ members }) => members.reduce((sum, c) => sum + c, 0)),
      1,
    );
    expect(noise.ceiling).toBeLessThan(0.6);
    expect(clean.ceiling).toBeGreaterThan(0.999999);
  });
});
