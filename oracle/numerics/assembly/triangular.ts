// Small dense blocks of the float32 Cholesky factorisation; the blocked algorithm around them is in ../cholesky32.ts.
// Sums run in ascending order of the inner index, as in gemm, so the block size does not change a bit.

/** In-place lower Cholesky factor of an n x n block. Returns 0, or 1 + the index of the first pivot that is not positive. */
export function choleskyBlock(n: i32, a: usize, stride: i32): i32 {
  const rowBytes = <usize>stride * 4;
  for (let i = 0; i < n; i++) {
    const rowI = a + <usize>i * rowBytes;
    for (let j = 0; j <= i; j++) {
      const rowJ = a + <usize>j * rowBytes;
      let sum = load<f32>(rowI + <usize>j * 4);
      for (let k = 0; k < j; k++) sum = sum - load<f32>(rowI + <usize>k * 4) * load<f32>(rowJ + <usize>k * 4);
      if (j < i) {
        sum = sum / load<f32>(rowJ + <usize>j * 4);
      } else {
        if (!(sum > 0)) return i + 1;
        sum = sqrt<f32>(sum);
      }
      store<f32>(rowI + <usize>j * 4, sum);
    }
  }
  return 0;
}

/** X (m x n) = X · L^-T for lower triangular L; `scratch` holds n² floats for L transposed. */
export function solveRight(m: i32, n: i32, l: usize, lStride: i32, x: usize, xStride: i32, scratch: usize): void {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      store<f32>(scratch + <usize>(j * n + i) * 4, load<f32>(l + <usize>(i * lStride + j) * 4));
    }
  }
  for (let r = 0; r < m; r++) {
    const row = x + <usize>r * <usize>xStride * 4;
    for (let k = 0; k < n; k++) {
      const factor = scratch + <usize>(k * n) * 4;
      const value = load<f32>(row + <usize>k * 4) / load<f32>(factor + <usize>k * 4);
      store<f32>(row + <usize>k * 4, value);
      let j = k + 1;
      for (; j < n && (j & 3) != 0; j++) {
        const p = row + <usize>j * 4;
        store<f32>(p, load<f32>(p) - value * load<f32>(factor + <usize>j * 4));
      }
      const splat = f32x4.splat(value);
      for (; j + 4 <= n; j += 4) {
        const p = row + <usize>j * 4;
        v128.store(p, f32x4.sub(v128.load(p), f32x4.mul(splat, v128.load(factor + <usize>j * 4))));
      }
      for (; j < n; j++) {
        const p = row + <usize>j * 4;
        store<f32>(p, load<f32>(p) - value * load<f32>(factor + <usize>j * 4));
      }
    }
  }
}

// @ts-ignore: decorator
@inline
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

// @ts-ignore: decorator
@inline
function divideRow(count: i32, divisor: f32, row: usize): void {
  for (let c = 0; c < count; c++) {
    store<f32>(row, load<f32>(row) / divisor);
    row += 4;
  }
}

/** B (n x columns) = L^-1 · B. */
export function solveLower(n: i32, columns: i32, l: usize, lStride: i32, b: usize, bStride: i32): void {
  const bBytes = <usize>bStride * 4;
  for (let i = 0; i < n; i++) {
    const row = b + <usize>i * bBytes;
    const factors = l + <usize>i * <usize>lStride * 4;
    for (let k = 0; k < i; k++) subtractScaled(columns, load<f32>(factors + <usize>k * 4), b + <usize>k * bBytes, row);
    divideRow(columns, load<f32>(factors + <usize>i * 4), row);
  }
}

/** B (n x columns) = L^-T · B; inner index descending, as back substitution goes. */
export function solveLowerTransposed(n: i32, columns: i32, l: usize, lStride: i32, b: usize, bStride: i32): void {
  const bBytes = <usize>bStride * 4;
  const lBytes = <usize>lStride * 4;
  for (let i = n - 1; i >= 0; i--) {
    const row = b + <usize>i * bBytes;
    for (let k = n - 1; k > i; k--) {
      subtractScaled(columns, load<f32>(l + <usize>k * lBytes + <usize>i * 4), b + <usize>k * bBytes, row);
    }
    divideRow(columns, load<f32>(l + <usize>i * lBytes + <usize>i * 4), row);
  }
}
