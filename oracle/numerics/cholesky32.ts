import { ContentError } from "../common/errors.ts";
import type { Workspace } from "./workspace.ts";

/**
 * The upper triangle of a symmetric matrix of order n as block rows: panel j holds rows j·PANEL … (j+1)·PANEL-1 of columns
 * j·PANEL … n-1, row-major with stride n - j·PANEL, panels one after another. Half the memory of the square, and every panel is a
 * gemm operand.
 */
export const PANEL = 256;
/** Width of the diagonal blocks that are factored row by row. */
const BLOCK = 64;
/** Columns that a triangular solve takes at a time, so that its rows stay in the cache. */
const SOLVE_COLUMNS = 512;

/** float32 elements of a packed symmetric matrix of order n. */
export function packedElements(n: number): number {
  return panelStart(n, Math.ceil(n / PANEL));
}

/** Offset in elements of panel j: Σ_{i<j} PANEL·(n - i·PANEL). */
export function panelStart(n: number, j: number): number {
  return PANEL * (j * n - (PANEL * j * (j - 1)) / 2);
}

/** The matrix is not positive definite in float32: the damping is too small for its condition, or an entry overflowed. */
export class NotPositiveDefiniteError extends ContentError {
  readonly row: number;
  constructor(row: number, overflowed = false) {
    super(
      overflowed
        ? `the kernel overflows float32 at row ${row}: scale the inputs down, for example to a mean of 0 and a deviation of 1`
        : `the kernel is not positive definite at row ${row}: raise the scheme's damping`,
    );
    this.row = row;
  }
}

/**
 * In-place factor K = Uᵀ·U of a packed matrix (left-looking by panels; Golub & Van Loan, Matrix Computations, §4.2).
 * Every element is one chain of float32 operations in ascending order of the inner index, whatever the block sizes.
 *
 * @throws NotPositiveDefiniteError
 */
export function choleskyPacked(space: Workspace, n: number, matrix: number): void {
  const { kernels, scratch } = space;
  const panels = Math.ceil(n / PANEL);
  for (let j = 0; j < panels; j++) {
    const first = j * PANEL;
    const stride = n - first;
    const height = Math.min(PANEL, stride);
    const panel = matrix + 4 * panelStart(n, j);
    for (let t = 0; t < j; t++) {
      const aboveStride = n - t * PANEL;
      const above = matrix + 4 * (panelStart(n, t) + first - t * PANEL);
      kernels.gemm(height, stride, PANEL, -1, above, 1, aboveStride, above, aboveStride, 1, 1, panel, stride, scratch);
    }
    for (let b = 0; b < height; b += BLOCK) {
      const size = Math.min(BLOCK, height - b);
      const diagonal = panel + 4 * (b * stride + b);
      const failed = kernels.choleskyBlock(size, diagonal, stride);
      requireFinitePivots(space.floats(diagonal, (size - 1) * stride + size), stride, first + b);
      if (failed !== 0) throw new NotPositiveDefiniteError(first + b + failed - 1);
      const columns = stride - b - size;
      const right = diagonal + 4 * size;
      for (let c = 0; c < columns; c += SOLVE_COLUMNS) {
        const width = Math.min(SOLVE_COLUMNS, columns - c);
        kernels.solveUpperTransposed(size, width, diagonal, stride, right + 4 * c, stride);
      }
      const rows = height - b - size;
      if (rows === 0) continue;
      kernels.gemm(
        rows,
        columns,
        size,
        -1,
        right,
        1,
        stride,
        right,
        stride,
        1,
        1,
        right + 4 * size * stride,
        stride,
        scratch,
      );
    }
  }
}

/** An infinite pivot divides its row to zeros and would go unseen. */
function requireFinitePivots(block: Float32Array, stride: number, firstRow: number): void {
  for (let at = 0, row = firstRow; at < block.length; at += stride + 1, row++) {
    if (!Number.isFinite(block[at])) throw new NotPositiveDefiniteError(row, true);
  }
}

/** B (n x columns, row-major) = (Uᵀ·U)^-1 · B for a factor of `choleskyPacked`. */
export function solvePacked(space: Workspace, n: number, factor: number, columns: number, b: number): void {
  solveTransposedPacked(space, n, factor, columns, b);
  solveUpperPacked(space, n, factor, columns, b);
}

/** B = U^-T · B: the first half of a solution. */
export function solveTransposedPacked(space: Workspace, n: number, factor: number, columns: number, b: number): void {
  const { kernels, scratch } = space;
  for (let j = 0; j * PANEL < n; j++) {
    const { stride, height, panel, head, tail, right } = solveStep(n, factor, columns, b, j);
    kernels.solveUpperTransposed(height, columns, panel, stride, head, columns);
    kernels.gemm(stride - height, columns, height, -1, right, 1, stride, head, columns, 1, 1, tail, columns, scratch);
  }
}

/** B = U^-1 · B: the second half of a solution. */
export function solveUpperPacked(space: Workspace, n: number, factor: number, columns: number, b: number): void {
  const { kernels, scratch } = space;
  for (let j = Math.ceil(n / PANEL) - 1; j >= 0; j--) {
    const { stride, height, panel, head, tail, right } = solveStep(n, factor, columns, b, j);
    kernels.gemm(height, columns, stride - height, -1, right, stride, 1, tail, columns, 1, 1, head, columns, scratch);
    kernels.solveUpper(height, columns, panel, stride, head, columns);
  }
}

function solveStep(n: number, factor: number, columns: number, b: number, j: number) {
  const first = j * PANEL;
  const stride = n - first;
  const height = Math.min(PANEL, stride);
  const panel = factor + 4 * panelStart(n, j);
  const head = b + 4 * first * columns;
  return { stride, height, panel, head, tail: head + 4 * height * columns, right: panel + 4 * height };
}
