import { ContentError } from "../common/errors.ts";

/**
 * Dense float64 Cholesky, row-major, sums in ascending order of the inner index: + − × ÷ √ only, so IEEE 754 fixes every bit.
 * Golub & Van Loan, Matrix Computations, §4.2.
 */

/** A matrix that has no Cholesky factor. */
export class IndefiniteMatrixError extends ContentError {
  readonly row: number;
  constructor(row: number, pivot: number) {
    super(`the matrix is not positive definite: pivot ${row} is ${pivot}; ${remedyFor(pivot)}`);
    this.row = row;
  }
}

function remedyFor(pivot: number): string {
  return Number.isFinite(pivot) ? "add more damping to its diagonal" : "its entries have to be finite";
}

/**
 * The lower factor L of A = L·Lᵀ; reads the lower triangle of `matrix` (n x n), leaves it unchanged, returns n x n with zeros above.
 * @throws IndefiniteMatrixError
 */
export function choleskyFactor(matrix: Float64Array, n: number): Float64Array {
  const factor = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i * n + j]!;
      for (let k = 0; k < j; k++) sum -= factor[i * n + k]! * factor[j * n + k]!;
      if (i === j && !(sum > 0 && sum < Infinity)) throw new IndefiniteMatrixError(i, sum);
      factor[i * n + j] = i === j ? Math.sqrt(sum) : sum / factor[j * n + j]!;
    }
  }
  return factor;
}

/** B = L^-1·B in place; B is n x columns. */
export function solveLower(factor: Float64Array, n: number, b: Float64Array, columns = 1): void {
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) subtractRow(b, columns, i, k, factor[i * n + k]!);
    divideRow(b, columns, i, factor[i * n + i]!);
  }
}

/** B = L^-T·B in place; B is n x columns. */
export function solveLowerTransposed(factor: Float64Array, n: number, b: Float64Array, columns = 1): void {
  for (let i = n - 1; i >= 0; i--) {
    for (let k = n - 1; k > i; k--) subtractRow(b, columns, i, k, factor[k * n + i]!);
    divideRow(b, columns, i, factor[i * n + i]!);
  }
}

/** B = A^-1·B in place for the factor of A. */
export function choleskySolve(factor: Float64Array, n: number, b: Float64Array, columns = 1): void {
  solveLower(factor, n, b, columns);
  solveLowerTransposed(factor, n, b, columns);
}

function subtractRow(b: Float64Array, columns: number, to: number, from: number, scale: number): void {
  for (let c = 0; c < columns; c++) b[to * columns + c]! -= scale * b[from * columns + c]!;
}

function divideRow(b: Float64Array, columns: number, row: number, divisor: number): void {
  for (let c = 0; c < columns; c++) b[row * columns + c]! /= divisor;
}
