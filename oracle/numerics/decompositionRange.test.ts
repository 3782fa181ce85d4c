import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { binaryScale } from "./binaryScale.ts";
import { SingularValueError, singularValues } from "./singularValues.ts";
import { EigenConvergenceError, symmetricEigen } from "./symmetricEigen.ts";
import { anySize, LARGEST, SMALLEST } from "./testing/anySize.ts";
import { difference, largest, normals, product, symmetric, transpose } from "./testing/matrices.ts";

const entry = fc.oneof(fc.constant(0), anySize);
const order = fc.integer({ min: 1, max: 9 });
const scales = fc.integer({ min: -300, max: 300 }).map((power) => 10 ** power);

/** Divides by the largest entry, so that the checks themselves stay inside float64. */
function normalised(matrix: Float64Array): { matrix: Float64Array; scale: number } {
  const scale = binaryScale(matrix);
  return { matrix: matrix.map((value) => value / scale), scale };
}

/** 1e-12 of the largest entry, and the rounding of the values themselves where they are subnormal. */
function tolerance(scale: number): number {
  return 1e-12 + (10 * SMALLEST) / scale;
}

/** Orthonormal vectors that rebuild the matrix. */
function expectEigen(input: Float64Array, n: number): void {
  const { values, vectors } = symmetricEigen(input, n);
  const { matrix, scale } = normalised(input);
  const scaled = vectors.map((value, i) => value * (values[Math.floor(i / n)]! / scale));
  expect(difference(product(transpose(vectors, n, n), scaled, n, n, n), matrix)).toBeLessThanOrEqual(tolerance(scale));
  const gram = product(vectors, transpose(vectors, n, n), n, n, n);
  expect(
    difference(
      gram,
      symmetric(n, (i, j) => (i === j ? 1 : 0)),
    ),
  ).toBeLessThanOrEqual(1e-12);
  expect([...values]).toEqual([...values].sort((a, b) => a - b));
}

function expectSingular(input: Float64Array, rows: number, columns: number): void {
  const { values, left, right } = singularValues(input, rows, columns);
  const { matrix, scale } = normalised(input);
  const rank = Math.min(rows, columns);
  const scaled = right.map((value, i) => value * (values[Math.floor(i / columns)]! / scale));
  expect(difference(product(transpose(left, rank, rows), scaled, rows, rank, columns), matrix)).toBeLessThanOrEqual(
    tolerance(scale),
  );
  expect([...values]).toEqual([...values].sort((a, b) => b - a));
  for (const [vectors, length] of [
    [left, rows],
    [right, columns],
  ] as const) {
    const gram = product(vectors, transpose(vectors, rank, length), rank, length, rank);
    const expected = symmetric(rank, (i, j) => (i === j && values[i]! > 0 ? 1 : 0));
    for (let i = 0; i < rank; i++) {
      if (values[i] === 0) continue;
      for (let j = 0; j < rank; j++) expect(gram[i * rank + j]).toBeCloseTo(expected[i * rank + j]!, 12);
    }
  }
}

describe("the eigendecomposition over the range of float64", () => {
  it.each([
    ["a coupling whose square vanishes", [0, 1e-170, 1e-170, 0], [-1e-170, 1e-170]],
    ["nearly subnormal entries", [1e-300, 1e-310, 1e-310, 2e-300], [1e-300, 2e-300]],
    ["a rank of one whose squares overflow", [1e200, 1e200, 1e200, 1e200], [0, 2e200]],
    ["the smallest numbers", [SMALLEST, 0, 0, SMALLEST], [SMALLEST, SMALLEST]],
    ["the largest numbers", [LARGEST, 0, 0, -LARGEST], [-LARGEST, LARGEST]],
    ["zeros", [0, 0, 0, 0], [0, 0]],
  ])("is right for %s", (_, matrix, expected) => {
    const { values } = symmetricEigen(Float64Array.from(matrix), 2);
    for (const [i, value] of values.entries()) {
      expect(Math.abs(value - expected[i]!)).toBeLessThanOrEqual(1e-12 * Math.abs(expected[1]!));
    }
    expectEigen(Float64Array.from(matrix), 2);
  });

  it("rebuilds matrices whose entries have any size", () => {
    fc.assert(
      fc.property(
        order.chain((n) => fc.tuple(fc.constant(n), fc.array(entry, { minLength: n * n, maxLength: n * n }))),
        ([n, entries]) => {
          expectEigen(
            symmetric(n, (i, j) => entries[i * n + j]!),
            n,
          );
        },
      ),
      { numRuns: 300 },
    );
  });

  it("rebuilds matrices of low rank at any scale, with the missing eigenvalues at rounding", () => {
    fc.assert(
      fc.property(order, fc.nat(), scales, fc.double({ min: 0, max: 1, noNaN: true }), (n, seed, scale, share) => {
        const rank = Math.floor(share * n);
        const g = normals(n * rank, seed);
        const matrix = product(g, transpose(g, n, rank), n, rank, n).map((value) => value * scale);
        expectEigen(matrix, n);
        const { values } = symmetricEigen(matrix, n);
        for (const value of values.subarray(0, n - rank))
          expect(Math.abs(value)).toBeLessThanOrEqual(1e-12 * largest(matrix));
      }),
      { numRuns: 200 },
    );
  });

  it("is the same in every bit at every power of two", () => {
    fc.assert(
      fc.property(order, fc.nat(), fc.integer({ min: -900, max: 900 }), (n, seed, exponent) => {
        const g = normals(n * n, seed);
        const matrix = symmetric(n, (i, j) => g[i * n + j]!);
        const [plain, scaled] = [
          symmetricEigen(matrix, n),
          symmetricEigen(
            matrix.map((value) => value * 2 ** exponent),
            n,
          ),
        ];
        expect(scaled.vectors).toEqual(plain.vectors);
        expect(scaled.values).toEqual(plain.values.map((value) => value * 2 ** exponent));
      }),
      { numRuns: 100 },
    );
  });

  it.each([NaN, Infinity, -Infinity])("refuses %d anywhere in the lower triangle", (value) => {
    expect(() => symmetricEigen(Float64Array.of(1, 0, value, 1), 2)).toThrow(EigenConvergenceError);
  });
});

describe("singular values over the range of float64", () => {
  const shape = fc.tuple(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 8 }));

  it("rebuild matrices whose entries have any size", () => {
    fc.assert(
      fc.property(
        shape.chain(([r, c]) =>
          fc.tuple(fc.constant(r), fc.constant(c), fc.array(entry, { minLength: r * c, maxLength: r * c })),
        ),
        ([rows, columns, entries]) => {
          expectSingular(Float64Array.from(entries), rows, columns);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("find the rank at any scale and rebuild the matrix", () => {
    fc.assert(
      fc.property(
        shape,
        fc.nat(),
        scales,
        fc.double({ min: 0, max: 1, noNaN: true }),
        ([rows, columns], seed, scale, share) => {
          const rank = Math.floor(share * Math.min(rows, columns));
          const matrix = product(
            normals(rows * rank, seed),
            normals(rank * columns, seed + 1),
            rows,
            rank,
            columns,
          ).map((value) => value * scale);
          expectSingular(matrix, rows, columns);
          expect([...singularValues(matrix, rows, columns).values].filter((value) => value > 0)).toHaveLength(rank);
        },
      ),
      { numRuns: 200 },
    );
  });

  it("keep the digits of small values that a squared matrix would lose", () => {
    const { values } = singularValues(Float64Array.of(1, 0, 0, 1e-10, 0, 0), 3, 2);
    expect([...values]).toEqual([1, 1e-10]);
  });

  it("refuse what is not finite", () => {
    expect(() => singularValues(Float64Array.of(1, NaN), 2, 1)).toThrow(SingularValueError);
    expect(() => singularValues(Float64Array.of(1, Infinity), 1, 2)).toThrow(SingularValueError);
  });
});
