import { expect, it } from "vitest";
import { parseValue } from "./review.ts";

it("refuses a value that is no decimal number", () => {
  for (const text of ["", "-", "1e3", "0x10", "1.", ".5", "1,5", "+1", "1".repeat(19), `1.${"0".repeat(19)}`]) {
    expect(() => parseValue(text), text).toThrow(/not a value/u);
  }
});

it("keeps the digits of a value, and says how many are decimals", () => {
  expect(parseValue("87.5")).toEqual({ value: 875n, decimals: 1 });
  expect(parseValue("-0.05")).toEqual({ value: -5n, decimals: 2 });
  expect(parseValue("100")).toEqual({ value: 100n, decimals: 0 });
});
