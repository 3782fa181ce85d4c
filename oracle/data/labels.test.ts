import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { labelOf, lookAlikes } from "./labels.ts";

describe("a label", () => {
  it.each([
    ["a ", "a"],
    ["\u00a0a", "a"],
    ["a\r", "a"],
    ["two\t words", "two words"],
    ["cafe\u0301", "caf\u00e9"],
    ["a\u202e", "a"],
    ["\u200ba\ufeff", "a"],
    [7, "7"],
    [-1, "-1"],
    [0.5, "0.5"],
    [true, "true"],
  ])("%j is registered as %j", (value, label) => {
    expect(labelOf(value)).toBe(label);
  });

  it("may be a number that JSON does not hold", () => {
    expect(labelOf(12n)).toBe("12");
  });

  it("of a number that lost digits, or with control characters, is refused", () => {
    expect(() => labelOf(12345678901234567890)).toThrow("the label is 12345678901234567000; a number keeps 15 digits");
    expect(() => labelOf("a\0")).toThrow("a label has no control characters");
    expect(() => labelOf("\u001b[31mred")).toThrow("a label has no control characters");
  });

  it("keeps its form when it is read again", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        const once = labelOf(text.replace(/\p{Cc}/gu, ""));
        expect(labelOf(once)).toBe(once);
      }),
    );
  });
});

describe("labels that look alike", () => {
  it("are those that differ in case, spaces, hyphens or letters of another script", () => {
    const groups = lookAlikes([
      "refund",
      "Refund",
      "card_lost",
      "card lost",
      "card-lost",
      "рауment",
      "payment",
      "other",
    ]);
    expect(groups).toEqual([
      ["refund", "Refund"],
      ["card_lost", "card lost", "card-lost"],
      ["рауment", "payment"],
    ]);
  });

  it("are not those that differ in a sign or a letter", () => {
    expect(lookAlikes([">50K", "<=50K", "+", "-1", "1", "C", "C++", "C#", "a", "b"])).toEqual([]);
  });
});
