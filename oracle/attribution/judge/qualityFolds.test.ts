import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MEASURED_HARM_RULE } from "./harmRule.ts";
import { foldsOf } from "./qualityFolds.ts";

const FOLDS = MEASURED_HARM_RULE.judges;

const labels = fc.array(fc.integer({ min: 0, max: 6 }), { maxLength: 120 }).map((values) => Int32Array.from(values));
const spread = (counts: readonly number[]) => Math.max(...counts) - Math.min(...counts);
const countsOf = (folds: readonly number[]) =>
  Array.from({ length: FOLDS }, (_, fold) => folds.filter((other) => other === fold).length);

describe("the folds of a quality set", () => {
  it("are equally large, and have equally many rows of every label, give or take one", () => {
    fc.assert(
      fc.property(labels, (given) => {
        const folds = [...foldsOf(given, FOLDS)];
        expect(spread(countsOf(folds))).toBeLessThanOrEqual(1);
        for (const label of new Set(given)) {
          expect(spread(countsOf(folds.filter((_, row) => given[row] === label)))).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  it("all have a row of a label that has as many rows as there are folds", () => {
    const given = Int32Array.from({ length: 4 * FOLDS }, (_, row) => row % 4);
    const folds = [...foldsOf(given, FOLDS)];
    for (let label = 0; label < 4; label++) {
      expect(countsOf(folds.filter((_, row) => given[row] === label))).toEqual(new Array(FOLDS).fill(1));
    }
  });

  it("do not depend on rows of later labels", () => {
    fc.assert(
      fc.property(labels, labels, (given, more) => {
        const later = more.map((label) => label + 10);
        expect([...foldsOf(Int32Array.from([...given, ...later]), FOLDS)].slice(0, given.length)).toEqual([
          ...foldsOf(given, FOLDS),
        ]);
      }),
    );
  });
});
