import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { quotedShapley } from "./quotedShapley.ts";

const passages = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 4 });

describe("what contributions did for an answer", () => {
  it("adds up to what all of their passages did", () => {
    fc.assert(
      fc.property(passages, fc.integer({ min: 1, max: 99 }), (contributionOf, seed) => {
        const worth = (taking: readonly number[]) =>
          taking.reduce((sum, i) => sum * 1.7 + Math.sin(seed * (i + 2)), 0.5);
        const values = quotedShapley(contributionOf, worth);
        const sum = values.reduce((total, [, value]) => total + value, 0);
        expect(sum).toBeCloseTo(worth([...contributionOf.keys()]) - worth([]), 9);
      }),
    );
  });

  it("is what each did alone where passages do not meet, and nothing for a passage that changes nothing", () => {
    const alone = [3, 0, -2, 1];
    const worth = (taking: readonly number[]) => taking.reduce((sum, i) => sum + alone[i]!, 0);
    expect(quotedShapley([5, 6, 7, 5], worth)).toEqual([
      [5, 4],
      [6, 0],
      [7, -2],
    ]);
  });

  it("is shared where either passage would do", () => {
    const worth = (taking: readonly number[]) => (taking.length > 0 ? 6 : 0);
    expect(quotedShapley([1, 2], worth)).toEqual([
      [1, 3],
      [2, 3],
    ]);
  });
});
