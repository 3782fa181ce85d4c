import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bottomAxis, roundTicks, scaleOf } from "./axis.ts";

const number = fc.double({ min: -1e6, max: 1e6, noNaN: true, noDefaultInfinity: true });

describe("an axis", () => {
  it.each([
    [0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]],
    [-0.1, 0.2, [-0.1, 0, 0.1, 0.2]],
    [3, 47, [0, 10, 20, 30, 40, 50]],
    [5, 5, [5, 6]],
    [0, 0, [0, 0.2]],
    [0, 5e-324, [0, 0.2]],
    [0.9001, 0.9002, [0.9001, 0.90012, 0.90014, 0.90016, 0.90018, 0.9002]],
  ])("from %d to %d has ticks at %j", (least, most, ticks) => {
    expect(roundTicks(least, most)).toEqual(ticks);
  });

  it("holds all values between a few ticks that ascend", () => {
    fc.assert(
      fc.property(fc.array(number, { minLength: 1, maxLength: 20 }), (values) => {
        const scale = scaleOf(values, 10, 210);
        expect(scale.ticks.length).toBeGreaterThanOrEqual(2);
        expect(scale.ticks.length).toBeLessThanOrEqual(8);
        for (const [i, tick] of scale.ticks.entries()) if (i > 0) expect(tick).toBeGreaterThan(scale.ticks[i - 1]!);
        for (const value of values) {
          expect(scale(value)).toBeGreaterThanOrEqual(10 - 1e-6);
          expect(scale(value)).toBeLessThanOrEqual(210 + 1e-6);
        }
      }),
    );
  });

  it("writes its ticks in the unit and escapes its title", () => {
    const svg = bottomAxis(scaleOf([0, 1], 0, 100), { title: "<share>", format: (value) => `${100 * value} %` }, 0, 50);
    expect(svg).toContain(">100 %</text>");
    expect(svg).toContain("&#60;share&#62;");
  });
});
