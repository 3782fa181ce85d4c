// Matrix product in `Real`, f32 or f64. Every element of C is one chain of sums in ascending order of the inner index, one
// rounding per product and per sum: the bits are those of the naive triple loop, whatever the blocking.

const TILE_ROWS: i32 = 6;
const TILE_BYTES: i32 = 32; // two vectors of B: with twelve accumulators and one splat they fill sixteen registers
const BLOCK_ROWS: i32 = 96;
const BLOCK_INNER: i32 = 256;
const BLOCK_COLUMN_BYTES: i32 = 4096;

const PACKED_A: usize = <usize>(BLOCK_ROWS * BLOCK_INNER * 8);
const PACKED_B: usize = <usize>(BLOCK_COLUMN_BYTES * BLOCK_INNER);
const TILE: usize = <usize>(TILE_ROWS * TILE_BYTES);

/** Bytes of scratch that {@link gemm} needs. */
export function gemmScratchBytes(): i32 {
  return <i32>(PACKED_A + PACKED_B + TILE);
}

// @ts-ignore: decorator
@inline
function fma(c: v128, a: v128, b: v128): v128 {
  return v128.add<Real>(c, v128.mul<Real>(a, b));
}

/** C tile (6 rows x 32 bytes) += packed A (k x 6) · packed B (k x 32 bytes). */
function tileProduct(k: i32, a: usize, b: usize, c: usize, stride: usize): void {
  let p = c;
  let c00 = v128.load(p), c01 = v128.load(p, 16); // prettier-ignore
  p += stride;
  let c10 = v128.load(p), c11 = v128.load(p, 16); // prettier-ignore
  p += stride;
  let c20 = v128.load(p), c21 = v128.load(p, 16); // prettier-ignore
  p += stride;
  let c30 = v128.load(p), c31 = v128.load(p, 16); // prettier-ignore
  p += stride;
  let c40 = v128.load(p), c41 = v128.load(p, 16); // prettier-ignore
  p += stride;
  let c50 = v128.load(p), c51 = v128.load(p, 16); // prettier-ignore
  for (; k > 0; k--) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    let s = v128.load_splat<Real>(a);
    c00 = fma(c00, s, b0);
    c01 = fma(c01, s, b1);
    s = v128.load_splat<Real>(a, sizeof<Real>());
    c10 = fma(c10, s, b0);
    c11 = fma(c11, s, b1);
    s = v128.load_splat<Real>(a, 2 * sizeof<Real>());
    c20 = fma(c20, s, b0);
    c21 = fma(c21, s, b1);
    s = v128.load_splat<Real>(a, 3 * sizeof<Real>());
    c30 = fma(c30, s, b0);
    c31 = fma(c31, s, b1);
    s = v128.load_splat<Real>(a, 4 * sizeof<Real>());
    c40 = fma(c40, s, b0);
    c41 = fma(c41, s, b1);
    s = v128.load_splat<Real>(a, 5 * sizeof<Real>());
    c50 = fma(c50, s, b0);
    c51 = fma(c51, s, b1);
    a += 6 * sizeof<Real>();
    b += TILE_BYTES;
  }
  p = c;
  v128.store(p, c00);
  v128.store(p, c01, 16);
  p += stride;
  v128.store(p, c10);
  v128.store(p, c11, 16);
  p += stride;
  v128.store(p, c20);
  v128.store(p, c21, 16);
  p += stride;
  v128.store(p, c30);
  v128.store(p, c31, 16);
  p += stride;
  v128.store(p, c40);
  v128.store(p, c41, 16);
  p += stride;
  v128.store(p, c50);
  v128.store(p, c51, 16);
}

/** Packs rows x k of A into strips of 6 rows, the inner index outermost, absent rows zero. */
function packA(rows: i32, k: i32, a: usize, rowStride: usize, columnStride: usize, out: usize): void {
  for (let i = 0; i < rows; i += TILE_ROWS) {
    const present = min(TILE_ROWS, rows - i);
    let p = a + <usize>i * rowStride;
    for (let t = 0; t < k; t++) {
      let q = p;
      for (let r = 0; r < present; r++) {
        store<Real>(out + <usize>r * sizeof<Real>(), load<Real>(q));
        q += rowStride;
      }
      for (let r = present; r < TILE_ROWS; r++) store<Real>(out + <usize>r * sizeof<Real>(), <Real>0);
      out += TILE_ROWS * sizeof<Real>();
      p += columnStride;
    }
  }
}

/** Packs k x columns of B into strips of 32 bytes, the inner index outermost, absent columns zero. */
function packB(k: i32, columns: i32, b: usize, rowStride: usize, columnStride: usize, out: usize): void {
  const width = TILE_BYTES / <i32>sizeof<Real>();
  for (let j = 0; j < columns; j += width) {
    const present = min(width, columns - j);
    let p = b + <usize>j * columnStride;
    const adjacent = present == width && columnStride == sizeof<Real>();
    for (let t = 0; t < k; t++) {
      if (adjacent) {
        v128.store(out, v128.load(p));
        v128.store(out, v128.load(p, 16), 16);
      } else {
        for (let c = 0; c < width; c++) {
          store<Real>(out + <usize>c * sizeof<Real>(), c < present ? load<Real>(p + <usize>c * columnStride) : <Real>0);
        }
      }
      out += TILE_BYTES;
      p += rowStride;
    }
  }
}

/** A tile that C does not fill: computed in scratch, only the part that is in C written back. */
function edgeTile(rows: i32, columns: i32, k: i32, a: usize, b: usize, c: usize, stride: usize, tile: usize): void {
  memory.fill(tile, 0, TILE);
  const bytes = <usize>columns * sizeof<Real>();
  for (let r = 0; r < rows; r++) memory.copy(tile + <usize>(r * TILE_BYTES), c + <usize>r * stride, bytes);
  tileProduct(k, a, b, tile, TILE_BYTES);
  for (let r = 0; r < rows; r++) memory.copy(c + <usize>r * stride, tile + <usize>(r * TILE_BYTES), bytes);
}

/** C (m x n) = beta·C + A (m x k) · B (k x n), beta 0 or 1. Strides in elements; the columns of C are adjacent. */
export function gemm(
  m: i32, n: i32, k: i32,
  a: usize, aRow: i32, aColumn: i32,
  b: usize, bRow: i32, bColumn: i32,
  beta: i32, c: usize, cRow: i32, scratch: usize,
): void { // prettier-ignore
  const size = sizeof<Real>();
  const stride = <usize>cRow * size;
  const width = TILE_BYTES / <i32>size;
  const blockColumns = BLOCK_COLUMN_BYTES / <i32>size;
  const packedB = scratch + PACKED_A;
  const tile = packedB + PACKED_B;
  if (beta == 0) for (let i = 0; i < m; i++) memory.fill(c + <usize>i * stride, 0, <usize>n * size);
  for (let j = 0; j < n; j += blockColumns) {
    const columns = min(blockColumns, n - j);
    for (let t = 0; t < k; t += BLOCK_INNER) {
      const inner = min(BLOCK_INNER, k - t);
      packB(inner, columns, b + <usize>(t * bRow + j * bColumn) * size, <usize>bRow * size, <usize>bColumn * size, packedB);
      for (let i = 0; i < m; i += BLOCK_ROWS) {
        const rows = min(BLOCK_ROWS, m - i);
        packA(rows, inner, a + <usize>(i * aRow + t * aColumn) * size, <usize>aRow * size, <usize>aColumn * size, scratch);
        for (let q = 0; q < columns; q += width) {
          const stripB = packedB + <usize>(q * inner) * size;
          const tileColumns = min(width, columns - q);
          for (let p = 0; p < rows; p += TILE_ROWS) {
            const stripA = scratch + <usize>(p * inner) * size;
            const tileC = c + <usize>(i + p) * stride + <usize>(j + q) * size;
            const tileRows = min(TILE_ROWS, rows - p);
            if (tileRows == TILE_ROWS && tileColumns == width) tileProduct(inner, stripA, stripB, tileC, stride);
            else edgeTile(tileRows, tileColumns, inner, stripA, stripB, tileC, stride, tile);
          }
        }
      }
    }
  }
}
