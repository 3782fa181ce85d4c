import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { suffixArray } from "./suffixArray.ts";

/** By the definition. A suffix that ends stands before what goes on. */
function bySorting(values: readonly number[]): number[] {
  const compare = (a: number, b: number): number => {
    for (let i = 0; ; i++) {
      if (a + i === values.length || b + i === values.length) return b - a;
      if (values[a + i] !== values[b + i]) return values[a + i]! - values[b + i]!;
    }
  };
  return [...values.keys()].sort(compare);
}

describe("a suffix array", () => {
  it("has the positions of all suffixes in their order, of few values and of many", () => {
    const sequence = fc.integer({ min: 0, max: 40 }).chain((most) => fc.array(fc.nat(most), { maxLength: 60 }));
    fc.assert(
      fc.property(sequence, (values) => {
        const highest = Math.max(0, ...values);
        expect([...suffixArray(values, highest)]).toEqual(bySorting(values));
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ["nothing", []],
    ["one value", [3]],
    ["one value again and again", Array.from({ length: 200 }, () => 1)],
    ["a period", Array.from({ length: 200 }, (_, i) => i % 3)],
    ["what rises", Array.from({ length: 100 }, (_, i) => i)],
    ["what falls", Array.from({ length: 100 }, (_, i) => 99 - i)],
  ])("sorts %s", (_, values) => {
    expect([...suffixArray(values, 200)]).toEqual(bySorting(values));
  });
});
