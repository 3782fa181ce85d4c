import { describe, expect, it } from "vitest";
import { erf } from "../model/bert/testing/referenceBert.ts";
import { erf32, exp32, geluByErf } from "./single.ts";

const steps = (from: number, to: number) =>
  Array.from({ length: 4001 }, (_, i) => Math.fround(from + ((to - from) * i) / 4000));

describe("float32 alone", () => {
  it("has e^x within 2 ulp from -87 to 0, and stays there below", () => {
    for (const x of steps(-87, 0)) {
      const exact = Math.exp(x);
      const ulp = 2 ** (Math.floor(Math.log2(exact)) - 23);
      expect(Math.abs(exp32(x) - exact)).toBeLessThanOrEqual(2 * ulp);
    }
    expect(exp32(0)).toBe(1);
    expect(exp32(-1000)).toBe(exp32(-87));
    expect(exp32(-Infinity)).toBe(exp32(-87));
  });

  it("has the error function within 4·10⁻⁷", () => {
    for (const x of steps(-4.5, 4.5)) expect(Math.abs(erf32(x) - erf(x))).toBeLessThan(4e-7);
    expect(erf32(0)).toBe(0);
    expect(erf32(1e30)).toBe(erf32(4));
  });

  it("has GELU within 10⁻⁶ of its size", () => {
    for (const x of steps(-5, 5)) {
      const exact = (x / 2) * (1 + erf(x / Math.SQRT2));
      expect(Math.abs(geluByErf(x) - exact)).toBeLessThan(1e-6 * Math.max(1, Math.abs(x)));
    }
  });
});
