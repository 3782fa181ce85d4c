import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { choleskyFactor, choleskySolve, IndefiniteMatrixError } from "./cholesky64.ts";
import { ConjugateGradientError, conjugateGradients } from "./conjugateGradients.ts";
import { singularValues } from "./singularValues.ts";
import { EigenConvergenceError, symmetricEigen } from "./symmetricEigen.ts";
import { definite, difference, normals, product, transpose } from "./testing/matrices.ts";

const orders = fc.record({ n: fc.integer({ min: 1, max: 24 }), seed: fc.nat() });

describe("the float64 Cholesky factorisation", () => {
  it("names the pivot of a matrix that is not positive definite", () => {
    expect(() => choleskyFactor(Float64Array.of(1, 0, 0, -2), 2)).toThrow(new IndefiniteMatrixError(1, -2));
  });

  it("solves systems of several right-hand sides", () => {
    fc.assert(
      fc.property(orders, ({ n, seed }) => {
        const matrix = definite(n, n, seed);
        const x = normals(n * 3, seed + 1);
        const b = product(matrix, x, n, n, 3);
        choleskySolve(choleskyFactor(matrix, n), n, b, 3);
        expect(difference(b, x)).toBeLessThan(1e-9 * n);
      }),
      { numRuns: 50 },
    );
  });
});

describe("the symmetric eigendecomposition", () => {
  it("says so when the matrix is not finite", () => {
    expect(() => symmetricEigen(Float64Array.of(NaN, 1, 1, 2), 2)).toThrow(EigenConvergenceError);
  });

  it("gives the eigenvalues of the discrete Laplacian, 2 - 2·cos(πk/(n+1))", () => {
    const n = 40;
    const matrix = Float64Array.from({ length: n * n }, (_, i) => {
      const distance = Math.abs(Math.floor(i / n) - (i % n));
      return distance === 0 ? 2 : distance === 1 ? -1 : 0;
    });
    const { values } = symmetricEigen(matrix, n);
    for (const [k, value] of values.entries()) {
      expect(value).toBeCloseTo(2 - 2 * Math.cos((Math.PI * (k + 1)) / (n + 1)), 12);
    }
  });

  it("rebuilds the matrix from orthonormal vectors, also with repeated eigenvalues", () => {
    fc.assert(
      fc.property(orders, fc.boolean(), ({ n, seed }, degenerate) => {
        const matrix = degenerate
          ? Float64Array.from({ length: n * n }, (_, i) => (Math.floor(i / n) === i % n ? 3 : 1))
          : definite(n, n, seed);
        const { values, vectors } = symmetricEigen(matrix, n);
        const scaled = Float64Array.from(vectors, (value, i) => value * values[Math.floor(i / n)]!);
        const scale = values[n - 1]!;
        expect(difference(product(transpose(vectors, n, n), scaled, n, n, n), matrix)).toBeLessThan(1e-12 * n * scale);
        const gram = product(vectors, transpose(vectors, n, n), n, n, n);
        for (let i = 0; i < n; i++) gram[i * n + i]! -= 1;
        expect(difference(gram, new Float64Array(n * n))).toBeLessThan(1e-12 * n);
        expect([...values]).toEqual([...values].sort((a, b) => a - b));
      }),
      { numRuns: 60 },
    );
  });
});

describe("the singular value decomposition", () => {
  it.each([
    [9, 4],
    [4, 9],
    [6, 6],
  ])("rebuilds a %i x %i matrix", (rows, columns) => {
    const matrix = normals(rows * columns, 5);
    const { values, left, right } = singularValues(matrix, rows, columns);
    const rank = Math.min(rows, columns);
    const scaled = Float64Array.from(right, (value, i) => value * values[Math.floor(i / columns)]!);
    const rebuilt = product(transpose(left, rank, rows), scaled, rows, rank, columns);
    expect(difference(rebuilt, matrix)).toBeLessThan(1e-7);
    expect([...values]).toEqual([...values].sort((a, b) => b - a));
  });

  it("finds the rank of a product", () => {
    const matrix = product(normals(8 * 2, 1), normals(2 * 5, 2), 8, 2, 5);
    const { values } = singularValues(matrix, 8, 5);
    expect([...values].filter((value) => value > 0)).toHaveLength(2);
  });
});

describe("conjugate gradients", () => {
  const n = 12;
  const matrix = definite(n, n, 8);
  const apply = (x: Float64Array) => product(matrix, x, n, n, 1);

  it("agree with Cholesky", () => {
    const b = normals(n, 9);
    const { solution, residual } = conjugateGradients(apply, b, { tolerance: 1e-12, mostIterations: 100 });
    const expected = b.slice();
    choleskySolve(choleskyFactor(matrix, n), n, expected);
    expect(residual).toBeLessThanOrEqual(1e-12);
    expect(difference(solution, expected)).toBeLessThan(1e-9);
  });

  it("say when the budget is used up", () => {
    expect(() => conjugateGradients(apply, normals(n, 9), { tolerance: 1e-12, mostIterations: 2 })).toThrow(
      ConjugateGradientError,
    );
  });

  it("refuse an operator that is not positive definite", () => {
    const negate = (x: Float64Array) => x.map((value) => -value);
    expect(() => conjugateGradients(negate, normals(n, 9), { tolerance: 1e-6, mostIterations: 9 })).toThrow(
      /curvature/u,
    );
  });

  it("solve nothing for a right-hand side of zeros", () => {
    const { iterations } = conjugateGradients(apply, new Float64Array(n), { tolerance: 0, mostIterations: 0 });
    expect(iterations).toBe(0);
  });
});
