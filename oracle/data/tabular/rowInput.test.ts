import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeBatch, encodeBatch } from "../exampleBatch.ts";
import { canonicalBytes, exampleHash, rowExample } from "../example.ts";
import { findDuplicates } from "../duplicates/findDuplicates.ts";
import { checkedRowInput, MAX_COLUMNS, MAX_NUMBER } from "./rowInput.ts";

const columns = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`c${i}`, i]));

describe("a row of a table", () => {
  it.each([
    ["no object", [1, 2], /an object of columns/u],
    ["nothing", {}, /a row with 0 columns; 1 to 1024 columns/u],
    ["ten thousand columns", columns(10_000), /a row with 10000 columns/u],
    ["NaN", { age: NaN }, /column "age" is NaN; a number from/u],
    ["a number beyond float64", JSON.parse('{"age":1e400}'), /is Infinity/u],
    ["a number that is too large", { age: -1.1e15 }, /is -1100000000000000/u],
    ["a NUL in a category", { job: "cl\0erk" }, /no control characters/u],
    ["a NUL in a name", { "jo\0b": "clerk" }, /no control characters/u],
    ["a name that objects use themselves", JSON.parse('{"__proto__":1,"age":2}'), /called "__proto__"/u],
    ["a null", { age: null }, /leave a missing value out/u],
    ["a list", { age: [1] }, /a number or a category/u],
    ["a blank category", { job: " " }, /is blank/u],
    ["a long category", { job: "x".repeat(129) }, /129 characters/u],
    ["half a surrogate pair", { job: "\ud800" }, /surrogate/u],
  ])("is refused with %s", (_, input, message) => {
    expect(() => rowExample(input, "yes")).toThrow(message);
  });

  it("may have as many columns and as large a number as is said, and names that objects inherit", () => {
    expect(Object.keys(checkedRowInput(columns(MAX_COLUMNS)))).toHaveLength(MAX_COLUMNS);
    expect(checkedRowInput({ constructor: "Ferrari", toString: MAX_NUMBER })).toEqual({
      constructor: "Ferrari",
      toString: MAX_NUMBER,
    });
  });

  it("has one form in bytes, whatever the order of its columns", () => {
    const one = rowExample({ job: "clerk", "10": -0, age: 39.5, "9": 1e15 }, "yes");
    expect(Buffer.from(canonicalBytes(one)).toString()).toBe(
      '{"input":{"10":0,"9":1000000000000000,"age":39.5,"job":"clerk"},"kind":"row","label":"yes"}',
    );
    expect(exampleHash(rowExample({ "9": 1e15, age: 39.5, "10": 0, job: "clerk" }, "yes"))).toBe(exampleHash(one));
  });

  it("comes back from a batch as it was, and in no other writing", () => {
    const name = fc.string({ minLength: 1, maxLength: 8, unit: "grapheme" });
    const value = fc.oneof(fc.double({ noNaN: true, min: -MAX_NUMBER, max: MAX_NUMBER }), name);
    fc.assert(
      fc.property(fc.dictionary(name, value, { minKeys: 1, maxKeys: 6 }), (input) => {
        let example;
        try {
          example = rowExample(input, "yes");
        } catch {
          return;
        }
        expect(decodeBatch(encodeBatch([example, example]), "batch")).toEqual([example, example]);
      }),
    );
    for (const line of [
      '{"input":{"b":1,"a":2},"kind":"row","label":"yes"}',
      '{"input":{"a":2.0},"kind":"row","label":"yes"}',
      '{"input":{"a":1e400},"kind":"row","label":"yes"}',
      '{"input":{"__proto__":1},"kind":"row","label":"yes"}',
      '{"input":{"a":1,"a":1},"kind":"row","label":"yes"}',
    ]) {
      expect(() => decodeBatch(Buffer.from(`${line}\n`), "batch")).toThrow(/batch:1/u);
    }
  });

  it("repeats only a row with the same values, whatever the label", () => {
    const { evidence } = findDuplicates([
      rowExample({ age: 39, job: "clerk" }, "yes"),
      rowExample({ age: 39, job: "clerk" }, "yes"),
      rowExample({ job: "clerk", age: 39 }, "no"),
      rowExample({ age: 39.001, job: "clerk" }, "yes"),
      rowExample({ age: 39 }, "yes"),
    ]);
    expect(evidence.map(({ row, original, reason }) => [row, original, reason])).toEqual([
      [1, 0, "same-bytes"],
      [2, 0, "same-row"],
    ]);
  });
});
