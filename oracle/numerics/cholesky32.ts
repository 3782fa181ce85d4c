import type { Workspace } from "./workspace.ts";

/**
 * A symmetric matrix of order n as block columns: panel j holds rows j·PANEL … n-1 of columns j·PANEL … (j+1)·PANEL-1, row-major
 * with stride PANEL, panels one after another. Half the memory of the square, and every panel is a gemm operand.
 */
export const PANEL = 256;
/** Width of the diagonal blocks that are factored element by element. */
const BLOCK = 64;

/** float32 elements of a packed symmetric matrix. */
export function packedElements(n: number): number {
  return panelStart(n, Math.ceil(n / PANEL));
}

/** Offset in elements of panel j. */
export function panelStart(n: number, j: number): number {
  // Σ_{i<j} (n - i·PANEL)·PANEL
  return PANEL * (j * n - (PANEL * j * (j - 1)) / 2);
}

/** The matrix is not positive definite in float32: the damping is too small for its condition. */
export class NotPositiveDefiniteError extends Error {
  readonly row: number;
  constructor(row: number) {
    super(`the kernel is not positive definite at row ${row}: raise the scheme's damping`);
    this.name = "NotPositiveDefiniteError";
    this.row = row;
  }
}

/** Elements of scratch that the factorisation takes from the workspace. */
export const CHOLESKY_SCRATCH = BLOCK * BLOCK;

/**
 * In-place lower Cholesky factor of a packed matrix (left-looking by panels; Golub & Van Loan, Matrix Computations, §4.2).
 * Every element is one chain of float32 operations in ascending order of the inner index, whatever the block sizes.
 *
 * @throws NotPositiveDefiniteError
 */
export function choleskyPacked(space: Workspace, n: number, matrix: number): void {
  const { kernels, scratch } = space;
  const mark = space.mark();
  const transposed = space.allocate(CHOLESKY_SCRATCH);
  const panels = Math.ceil(n / PANEL);
  for (let j = 0; j < panels; j++) {
    const first = j * PANEL;
    const rows = n - first;
    const width = Math.min(PANEL, rows);
    const panel = matrix + 4 * panelStart(n, j);
    for (let t = 0; t < j; t++) {
      const left = matrix + 4 * (panelStart(n, t) + (first - t * PANEL) * PANEL);
      kernels.gemm(rows, width, PANEL, -1, left, PANEL, 1, left, 1, PANEL, 1, panel, PANEL, scratch);
    }
    for (let b = 0; b < width; b += BLOCK) {
      const size = Math.min(BLOCK, width - b);
      const diagonal = panel + 4 * (b * PANEL + b);
      const failed = kernels.choleskyBlock(size, diagonal, PANEL);
      if (failed !== 0) throw new NotPositiveDefiniteError(first + b + failed - 1);
      const belowRows = rows - b - size;
      if (belowRows === 0) continue;
      const below = panel + 4 * ((b + size) * PANEL + b);
      kernels.solveRight(belowRows, size, diagonal, PANEL, below, PANEL, transposed);
      const restWidth = width - b - size;
      if (restWidth === 0) continue;
      kernels.gemm(
        ...[belowRows, restWidth, size, -1, below, PANEL, 1, below, 1, PANEL, 1, below + 4 * size, PANEL, scratch] as const,
      );
    }
  }
  space.release(mark);
}

/** B (n x columns, row-major) = (L·Lᵀ)^-1 · B for a factor of `choleskyPacked`. */
export function solvePacked(space: Workspace, n: number, factor: number, columns: number, b: number): void {
  const { kernels, scratch } = space;
  const panels = Math.ceil(n / PANEL);
  for (let j = 0; j < panels; j++) {
    const first = j * PANEL;
    const rows = n - first;
    const width = Math.min(PANEL, rows);
    const panel = factor + 4 * panelStart(n, j);
    const head = b + 4 * first * columns;
    kernels.solveLower(width, columns, panel, PANEL, head, columns);
    if (rows === width) continue;
    const below = panel + 4 * width * PANEL;
    const tail = head + 4 * width * columns;
    kernels.gemm(rows - width, columns, width, -1, below, PANEL, 1, head, columns, 1, 1, tail, columns, scratch);
  }
  for (let j = panels - 1; j >= 0; j--) {
    const first = j * PANEL;
    const rows = n - first;
    const width = Math.min(PANEL, rows);
    const panel = factor + 4 * panelStart(n, j);
    const head = b + 4 * first * columns;
    if (rows > width) {
      const below = panel + 4 * width * PANEL;
      const tail = head + 4 * width * columns;
      kernels.gemm(width, columns, rows - width, -1, below, 1, PANEL, tail, columns, 1, 1, head, columns, scratch);
    }
    kernels.solveLowerTransposed(width, columns, panel, PANEL, head, columns);
  }
}
