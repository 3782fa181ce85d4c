import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MalformedError, OutOfRangeError } from "./errors.ts";
import { bpsOfDown, formatOpen, OPEN, OPEN_SUPPLY, parseOpen } from "./units.ts";

describe("amounts of OPEN", () => {
  it("are refused with signs, exponents, separators, too many decimals, and beyond the supply", () => {
    for (const text of ["", "-1", "+1", "1e3", "1,000", ".5", "1.", "0x10", " 1", "0.1234567890123456789"]) {
      expect(() => parseOpen(text)).toThrow(MalformedError);
    }
    expect(() => parseOpen("1000000000.000000000000000001")).toThrow(OutOfRangeError);
  });

  it("survive formatting, and read as people write them", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: OPEN_SUPPLY }), (wei) => {
        expect(parseOpen(formatOpen(wei))).toBe(wei);
      }),
    );
    expect(formatOpen(12_500_000_000_000_000_000n)).toBe("12.5");
    expect(formatOpen(-OPEN)).toBe("-1");
    expect(formatOpen(1n)).toBe("0.000000000000000001");
  });

  it("are shared out rounded down", () => {
    expect(bpsOfDown(9_999n, 1n)).toBe(0n);
    expect(bpsOfDown(10n ** 18n, 3_333n)).toBe(333_300_000_000_000_000n);
  });
});
