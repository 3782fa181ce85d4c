// Diagonal blocks of the float32 Cholesky factorisation K = Uᵀ·U; the blocked algorithm around them is in ../cholesky32.ts.
// Sums run in ascending order of the inner index, as in gemm, so block sizes do not change a bit.

/** In-place upper factor of the upper triangle of an n x n block. Returns 0, or 1 + the index of the first pivot that is not positive. */
export function choleskyBlock(n: i32, a: usize, stride: i32): i32 {
  const rowBytes = <usize>stride * 4;
  for (let i = 0; i < n; i++) {
    const row = a + <usize>i * rowBytes;
    for (let k = 0; k < i; k++) {
      const above = a + <usize>k * rowBytes;
      const factor = load<f32>(above + <usize>i * 4);
      subtractScaled(n - i, factor, above + <usize>i * 4, row + <usize>i * 4);
    }
    const pivot = load<f32>(row + <usize>i * 4);
    if (!(pivot > 0)) return i + 1;
    divideRow(n - i, sqrt<f32>(pivot), row + <usize>i * 4);
    store<f32>(row + <usize>i * 4, sqrt<f32>(pivot));
  }
  return 0;
}

function subtractScaled(count: i32, factor: f32, from: usize, to: usize): void {
  const splat = f32x4.splat(factor);
  let c = 0;
  for (; c + 4 <= count; c += 4) {
    v128.store(to, f32x4.sub(v128.load(to), f32x4.mul(splat, v128.load(from))));
    to += 16;
    from += 16;
  }
  for (; c < count; c++) {
    store<f32>(to, load<f32>(to) - factor * load<f32>(from));
    to += 4;
    from += 4;
  }
}

function divideRow(count: i32, divisor: f32, row: usize): void {
  const splat = f32x4.splat(divisor);
  let c = 0;
  for (; c + 4 <= count; c += 4) {
    v128.store(row, f32x4.div(v128.load(row), splat));
    row += 16;
  }
  for (; c < count; c++) {
    store<f32>(row, load<f32>(row) / divisor);
    row += 4;
  }
}

/** B (n x columns) = U^-T · B. */
export function solveUpperTransposed(n: i32, columns: i32, u: usize, uStride: i32, b: usize, bStride: i32): void {
  const uBytes = <usize>uStride * 4;
  const bBytes = <usize>bStride * 4;
  for (let i = 0; i < n; i++) {
    const row = b + <usize>i * bBytes;
    for (let k = 0; k < i; k++) {
      subtractScaled(columns, load<f32>(u + <usize>k * uBytes + <usize>i * 4), b + <usize>k * bBytes, row);
    }
    divideRow(columns, load<f32>(u + <usize>i * uBytes + <usize>i * 4), row);
  }
}

/** B (n x columns) = U^-1 · B; inner index descending, as back substitution goes. */
export function solveUpper(n: i32, columns: i32, u: usize, uStride: i32, b: usize, bStride: i32): void {
  const bBytes = <usize>bStride * 4;
  for (let i = n - 1; i >= 0; i--) {
    const row = b + <usize>i * bBytes;
    const factors = u + <usize>i * <usize>uStride * 4;
    for (let k = n - 1; k > i; k--) {
      subtractScaled(columns, load<f32>(factors + <usize>k * 4), b + <usize>k * bBytes, row);
    }
    divideRow(columns, load<f32>(factors + <usize>i * 4), row);
  }
}
