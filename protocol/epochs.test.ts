import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { endOf, epochAt, isClosed, startOf, type Era } from "./epochs.ts";
import { OutOfRangeError } from "./errors.ts";

const eras: Era[] = [
  { firstEpoch: 1n, start: 1_000n, length: 100n },
  { firstEpoch: 4n, start: 1_300n, length: 7n },
];

describe("epochs", () => {
  it("do not exist before the first", () => {
    expect(() => epochAt(eras, 999n)).toThrow(OutOfRangeError);
    expect(() => startOf(eras, 0n)).toThrow(OutOfRangeError);
    expect(() => epochAt([], 0n)).toThrow(OutOfRangeError);
  });

  it("contain the seconds from their start up to, not including, their end", () => {
    expect([1_000n, 1_099n, 1_100n, 1_299n, 1_300n, 1_306n, 1_307n].map((time) => epochAt(eras, time))).toEqual([
      1n,
      1n,
      2n,
      3n,
      4n,
      4n,
      5n,
    ]);
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 1_000n }), (epoch) => {
        expect(epochAt(eras, startOf(eras, epoch))).toBe(epoch);
        expect(epochAt(eras, endOf(eras, epoch) - 1n)).toBe(epoch);
      }),
    );
  });

  it("close when the grace for receipts is over", () => {
    expect(isClosed(eras, 3n, 50n, 1_349n)).toBe(false);
    expect(isClosed(eras, 3n, 50n, 1_350n)).toBe(true);
  });
});
