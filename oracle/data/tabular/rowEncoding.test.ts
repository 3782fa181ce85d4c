import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeRows, MOST_DEVIATIONS, MOST_FEATURES, rowEncodingOf, rowWidth } from "./rowEncoding.ts";
import { checkedRowInput, MAX_NUMBER, type RowInput } from "./rowInput.ts";

const ROWS: readonly RowInput[] = [
  { age: 20, job: "clerk" },
  { age: 40, job: "nurse" },
  { age: 30 },
  { age: 30, job: "clerk", grade: 5 },
];

describe("the encoding of rows", () => {
  it("takes mean, deviation and categories from the training data", () => {
    expect(rowEncodingOf(ROWS)).toEqual({
      kind: "standardised-rows/1",
      columns: [
        { name: "age", number: { mean: 30, deviation: Math.sqrt(50) }, categories: [] },
        { name: "grade", number: { mean: 5, deviation: 1 }, categories: [] },
        { name: "job", number: null, categories: ["clerk", "nurse"] },
      ],
    });
  });

  it("reads numbers in deviations, and says what is missing or not known", () => {
    const encoding = rowEncodingOf(ROWS);
    expect(rowWidth(encoding)).toBe(7);
    const read = (input: RowInput) => [...encodeRows(encoding, [input])];
    expect(read({ age: 20, job: "nurse" })).toEqual([Math.fround(-10 / Math.sqrt(50)), 0, 0, 1, 0, 1, 0]);
    expect(read({ grade: 5 })).toEqual([0, 1, 0, 0, 0, 0, 1]);
    expect(read({ age: 30, job: "pilot", other: 1 })).toEqual([0, 0, 0, 1, 0, 0, 1]);
    expect(read({ age: "old", job: 7 })).toEqual([0, 1, 0, 1, 0, 0, 1]);
    expect(read({ age: MAX_NUMBER })[0]).toBe(MOST_DEVIATIONS);
  });

  it("reads a column of numbers and categories as both", () => {
    const encoding = rowEncodingOf([{ size: 1 }, { size: 3 }, { size: "large" }]);
    expect(encoding.columns).toEqual([{ name: "size", number: { mean: 2, deviation: 1 }, categories: ["large"] }]);
    expect([...encodeRows(encoding, [{ size: 3 }, { size: "large" }, {}])]).toEqual([1, 0, 0, 0, 1, 0, 0, 0, 1]);
  });

  it("is not moved by repeating a row", () => {
    expect(rowEncodingOf([...ROWS, ROWS[0]!, { ...ROWS[0] }])).toEqual(rowEncodingOf(ROWS));
  });

  it("keeps what more rows state when somebody invents columns and categories", () => {
    const invented = Array.from({ length: 20 }, (_, r) =>
      Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`a${r}-${i}`, `x${i}`])),
    );
    const encoding = rowEncodingOf([...invented, ...ROWS]);
    expect(encoding.columns.slice(-3).map(({ name }) => name)).toContain("job");
    expect(encoding.columns.find(({ name }) => name === "age")).toEqual(rowEncodingOf(ROWS).columns[0]);
    expect(rowWidth(encoding)).toBeLessThanOrEqual(2 * MOST_FEATURES);
  });

  it("reads names that objects inherit as columns, and never inherits a value", () => {
    const encoding = rowEncodingOf([checkedRowInput({ constructor: "Ferrari" })]);
    expect([...encodeRows(encoding, [{ constructor: "Ferrari" }, { other: 1 }])]).toEqual([1, 0, 0, 1]);
  });

  it("gives finite features for all that a row may hold", () => {
    const value = fc.oneof(fc.double({ noNaN: true, min: -MAX_NUMBER, max: MAX_NUMBER }), fc.constantFrom("a", "b"));
    const rows = fc.array(fc.dictionary(fc.constantFrom("x", "y", "z"), value, { minKeys: 1 }), { minLength: 1 });
    fc.assert(
      fc.property(rows, rows, (training, asked) => {
        const encoding = rowEncodingOf(training.map(checkedRowInput));
        expect(encoding).toEqual(JSON.parse(JSON.stringify(encoding)));
        const values = encodeRows(encoding, asked);
        expect(values).toHaveLength(asked.length * rowWidth(encoding));
        expect(values.every(Number.isFinite)).toBe(true);
      }),
    );
  });
});
