import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { answersOwed } from "./answersOwed.ts";
import type { VersionIndex } from "./inputs.ts";

const K = 2;
/** Contribution 1 points along the first column, 2 along the second, 3 against the first. */
const version = {
  k: K,
  rows: [
    { contributionId: 1n, scale: 2 },
    { contributionId: 2n, scale: 1 },
    { contributionId: 3n, scale: 1 },
  ],
  features: Int8Array.from([10, 0, 0, 10, -10, 0]),
} as unknown as VersionIndex;
const paid = (...fees: bigint[]) => fees.map((counted) => ({ counted }));
const owed = (ids: readonly bigint[], fees: readonly bigint[], psi: readonly number[]) =>
  answersOwed(version, new Set(ids), paid(...fees), Float64Array.from(psi));

describe("the answers that contributions earned by", () => {
  it("are none where nobody paid, where the contributions are in no row, or were no help", () => {
    expect(owed([1n], [], [])).toEqual([]);
    expect(owed([9n], [1n], [1, 0])).toEqual([]);
    expect(owed([1n], [1n, 1n], [0, 0, -1, 0])).toEqual([]);
  });

  it("have the fee that counts for them, whatever the length of their gradient", () => {
    expect(owed([1n], [1n, 3n], [5, 0, 0.1, 0])).toEqual([
      { place: 1, share: 0.75 },
      { place: 0, share: 0.25 },
    ]);
  });

  it("are those of all the contributions together", () => {
    expect(owed([1n, 3n], [1n], [1, 0])).toEqual([{ place: 0, share: 1 }]);
    expect(owed([1n, 2n], [1n, 1n], [1, 0, 0, 1])).toEqual([
      { place: 0, share: 2 / 3 },
      { place: 1, share: 1 / 3 },
    ]);
  });

  it("have shares that add up to one", () => {
    const answer = fc.tuple(
      fc.integer({ min: -9, max: 9 }),
      fc.integer({ min: -9, max: 9 }),
      fc.bigInt(1n, 10n ** 20n),
    );
    fc.assert(
      fc.property(fc.array(answer, { maxLength: 12 }), fc.subarray([1n, 2n, 3n]), (answers, ids) => {
        const fees = answers.map(([, , fee]) => fee);
        const found = owed(
          ids,
          fees,
          answers.flatMap(([x, y]) => [x, y]),
        );
        const sum = found.reduce((all, { share }) => all + share, 0);
        if (found.length > 0) expect(sum).toBeCloseTo(1, 9);
        expect(found.every(({ share }, i) => share > 0 && share <= (found[i - 1]?.share ?? 1))).toBe(true);
      }),
    );
  });
});
