import { describe, expect, it } from "vitest";
import {
  areaUnderCurve,
  bootstrap,
  pearson,
  quantile,
  ranks,
  SampleError,
  spearman,
  spearmanBrown,
} from "./statistics.ts";

describe("statistics", () => {
  it("refuses samples that are not paired", () => {
    expect(() => pearson([1, 2, 3], [1, 2])).toThrow(SampleError);
    expect(() => areaUnderCurve([1, 2], [true, true])).toThrow("both groups");
  });

  it("gives equal values the average of their ranks", () => {
    expect([...ranks([10, 20, 20, 5, 20])]).toEqual([2, 4, 4, 1, 4]);
  });

  it("computes Pearson's correlation of Anscombe's first set", () => {
    const x = [10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5];
    const y = [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68];
    expect(pearson(x, y)).toBeCloseTo(0.81642051634484, 12);
    expect(spearman(x, y)).toBeCloseTo(0.818181818181818, 12);
  });

  it("computes Spearman's correlation with ties as the correlation of average ranks", () => {
    // ranks 1, 2.5, 2.5, 4 against 1, 3, 2, 4: covariance 4.5, variances 4.5 and 5
    expect(spearman([1, 2, 2, 3], [1, 3, 2, 4])).toBeCloseTo(4.5 / Math.sqrt(4.5 * 5), 12);
    expect(spearman([1, 1, 1], [1, 2, 3])).toBe(0);
  });

  it("counts ties half in the area under the curve", () => {
    expect(areaUnderCurve([0.1, 0.4, 0.35, 0.8], [false, false, true, true])).toBe(0.75);
    expect(areaUnderCurve([1, 1, 1, 1], [false, true, false, true])).toBe(0.5);
  });

  it("lengthens a test by Spearman and Brown's formula", () => {
    expect(spearmanBrown(0.5)).toBeCloseTo(2 / 3, 15);
    expect(spearmanBrown(1)).toBe(1);
  });

  it("interpolates quantiles", () => {
    expect(quantile([0, 10, 20, 30], 0.5)).toBe(15);
    expect(quantile([7], 0.975)).toBe(7);
  });

  it("brackets the mean of a bootstrap with the normal interval's width", () => {
    const values = Float64Array.from({ length: 400 }, (_, i) => (i % 2 === 0 ? 1 : -1));
    let state = 1;
    const random = (): number => (state = (state * 48271) % 2147483647) / 2147483647;
    const { estimate, low, high } = bootstrap(
      400,
      (indices) => indices.reduce((sum, i) => sum + values[i]!, 0) / 400,
      random,
    );
    expect(estimate).toBe(0);
    expect(high - low).toBeGreaterThan(0.17); // 2 · 1.96 / √400 = 0.196
    expect(high - low).toBeLessThan(0.22);
    expect(low).toBeLessThan(0);
  });
});
