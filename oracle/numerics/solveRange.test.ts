import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { choleskyPacked, NotPositiveDefiniteError, packedElements, solvePacked } from "./cholesky32.ts";
import { choleskyFactor, choleskySolve, IndefiniteMatrixError } from "./cholesky64.ts";
import { conjugateGradients } from "./conjugateGradients.ts";
import { definite, difference, normals, product } from "./testing/matrices.ts";
import { createWasmKernels } from "./wasmKernels.ts";
import { createWorkspace } from "./workspace.ts";

const order = fc.integer({ min: 1, max: 9 });

describe("Cholesky in float64 over its range", () => {
  it("solves systems at any scale of the matrix and of the right-hand side", () => {
    fc.assert(
      fc.property(
        order,
        fc.nat(),
        fc.integer({ min: -140, max: 140 }),
        fc.integer({ min: -140, max: 140 }),
        (n, seed, a, b) => {
          const matrix = definite(n, n, seed);
          const x = normals(n, seed + 1);
          const right = product(matrix, x, n, n, 1).map((value) => value * 10 ** b);
          choleskySolve(
            choleskyFactor(
              matrix.map((value) => value * 10 ** a),
              n,
            ),
            n,
            right,
          );
          expect(
            difference(
              right.map((value) => (value / 10 ** b) * 10 ** a),
              x,
            ),
          ).toBeLessThan(1e-9);
        },
      ),
      { numRuns: 200 },
    );
  });

  it("refuses what has no factor: rank deficient, indefinite, infinite or no number", () => {
    expect(() => choleskyFactor(Float64Array.of(1, 1, 1, 1), 2)).toThrow(new IndefiniteMatrixError(1, 0));
    expect(() => choleskyFactor(new Float64Array(1), 1)).toThrow(IndefiniteMatrixError);
    for (const value of [NaN, Infinity, -Infinity]) {
      for (let place = 0; place < 9; place++) {
        if (Math.floor(place / 3) < place % 3) continue;
        const matrix = definite(3, 3, 1);
        matrix[place] = value;
        expect(() => choleskyFactor(matrix, 3)).toThrow(IndefiniteMatrixError);
      }
    }
    expect(() => choleskyFactor(Float64Array.of(Infinity), 1)).toThrow("its entries have to be finite");
  });
});

describe("Cholesky in float32 over its range", () => {
  const solved = (n: number, matrix: Float64Array, right: Float64Array): Float32Array => {
    const space = createWorkspace(createWasmKernels, packedElements(n) + n + 64, "");
    const [a, b] = [space.allocate(packedElements(n)), space.allocate(n)];
    space.floats(a, n * n).set(matrix);
    space.floats(b, n).set(right);
    choleskyPacked(space, n, a);
    solvePacked(space, n, a, 1, b);
    return space.floats(b, n).slice();
  };

  it("solves systems at any scale that float32 holds", () => {
    fc.assert(
      fc.property(order, fc.nat(), fc.integer({ min: -34, max: 34 }), (n, seed, power) => {
        const matrix = definite(n, Math.ceil(n / 2), seed);
        const x = normals(n, seed + 1);
        const right = product(matrix, x, n, n, 1);
        const scale = 10 ** power;
        const result = solved(
          n,
          matrix.map((value) => value * scale),
          right.map((value) => value * scale),
        );
        expect(difference(Float64Array.from(result), x)).toBeLessThan(1e-3);
      }),
      { numRuns: 100 },
    );
  });

  it("refuses an entry that overflowed, and a matrix without full rank", () => {
    const right = Float64Array.of(1, 1);
    for (const matrix of [
      [Infinity, 0, 0, 1],
      [1, 0, 0, Infinity],
      [1e39, 0, 0, 1],
    ]) {
      expect(() => solved(2, Float64Array.from(matrix), right)).toThrow(
        /overflows float32 at row [01]: scale the inputs/u,
      );
    }
    for (const matrix of [
      [1, 1, 1, 1],
      [NaN, 0, 0, 1],
      [1, Infinity, 0, 1],
      [1, NaN, 0, 1],
      [0, 0, 0, 0],
    ]) {
      expect(() => solved(2, Float64Array.from(matrix), right)).toThrow(NotPositiveDefiniteError);
    }
  });
});

describe("conjugate gradients over the range of float64", () => {
  it("solve at any scale of the matrix and of the right-hand side", () => {
    fc.assert(
      fc.property(
        order,
        fc.nat(),
        fc.integer({ min: -290, max: 290 }),
        fc.integer({ min: -290, max: 290 }),
        (n, seed, a, b) => {
          fc.pre(Math.abs(b - a) < 300);
          const matrix = definite(n, n, seed);
          const scaled = matrix.map((value) => value * 10 ** a);
          const x = normals(n, seed + 1);
          const right = product(matrix, x, n, n, 1).map((value) => value * 10 ** b);
          const { solution, residual } = conjugateGradients((y) => product(scaled, y, n, n, 1), right, {
            tolerance: 1e-12,
            mostIterations: 50,
          });
          expect(residual).toBeLessThanOrEqual(1e-12);
          const expected = x.map((value) => value * 10 ** (b - a));
          expect(
            difference(
              solution.map((v) => v / 10 ** (b - a)),
              expected.map((v) => v / 10 ** (b - a)),
            ),
          ).toBeLessThan(1e-8);
        },
      ),
      { numRuns: 200 },
    );
  });

  it("solve a consistent system of a matrix without full rank", () => {
    const { solution } = conjugateGradients((x) => Float64Array.of(4e-200 * x[0]!, 0), Float64Array.of(8e-200, 0), {
      tolerance: 1e-12,
      mostIterations: 5,
    });
    expect([...solution]).toEqual([2, 0]);
  });

  it("refuse what is not finite", () => {
    const options = { tolerance: 1e-9, mostIterations: 5 };
    expect(() => conjugateGradients((x) => x.slice(), Float64Array.of(NaN), options)).toThrow("not finite");
    expect(() => conjugateGradients((x) => x.map(() => Infinity), Float64Array.of(1), options)).toThrow(
      "curvature NaN",
    );
  });
});
