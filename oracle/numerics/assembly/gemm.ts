// float32 matrix product. Every element is one chain of sums in ascending order of the inner index, one rounding per
// product and one per sum, so blocking and SIMD leave the bits of the naive triple loop unchanged.

const TILE_ROWS: i32 = 6;
const TILE_COLUMNS: i32 = 8;
const BLOCK_ROWS: i32 = 96;
const BLOCK_COLUMNS: i32 = 1024;
const BLOCK_INNER: i32 = 256;

// Scratch: packed A block, packed B block, one tile for the ragged edge of C.
const PACKED_A: usize = <usize>(BLOCK_ROWS * BLOCK_INNER * 4);
const PACKED_B: usize = <usize>(BLOCK_COLUMNS * BLOCK_INNER * 4);

function addProduct(c: v128, a: v128, b: v128): v128 {
  return f32x4.add(c, f32x4.mul(a, b));
}

/** C tile (6 x 8) += packed A (k x 6) · packed B (k x 8). Twelve accumulators, one splat and two B vectors fill 16 registers. */
function tileProduct(k: i32, a: usize, b: usize, c: usize, strideC: usize): void {
  let p = c;
  let c00 = v128.load(p), c01 = v128.load(p, 16); // prettier-ignore
  p += strideC;
  let c10 = v128.load(p), c11 = v128.load(p, 16); // prettier-ignore
  p += strideC;
  let c20 = v128.load(p), c21 = v128.load(p, 16); // prettier-ignore
  p += strideC;
  let c30 = v128.load(p), c31 = v128.load(p, 16); // prettier-ignore
  p += strideC;
  let c40 = v128.load(p), c41 = v128.load(p, 16); // prettier-ignore
  p += strideC;
  let c50 = v128.load(p), c51 = v128.load(p, 16); // prettier-ignore
  for (; k > 0; k--) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    let s = v128.load32_splat(a);
    c00 = addProduct(c00, s, b0);
    c01 = addProduct(c01, s, b1);
    s = v128.load32_splat(a, 4);
    c10 = addProduct(c10, s, b0);
    c11 = addProduct(c11, s, b1);
    s = v128.load32_splat(a, 8);
    c20 = addProduct(c20, s, b0);
    c21 = addProduct(c21, s, b1);
    s = v128.load32_splat(a, 12);
    c30 = addProduct(c30, s, b0);
    c31 = addProduct(c31, s, b1);
    s = v128.load32_splat(a, 16);
    c40 = addProduct(c40, s, b0);
    c41 = addProduct(c41, s, b1);
    s = v128.load32_splat(a, 20);
    c50 = addProduct(c50, s, b0);
    c51 = addProduct(c51, s, b1);
    a += 24;
    b += 32;
  }
  p = c;
  v128.store(p, c00);
  v128.store(p, c01, 16);
  p += strideC;
  v128.store(p, c10);
  v128.store(p, c11, 16);
  p += strideC;
  v128.store(p, c20);
  v128.store(p, c21, 16);
  p += strideC;
  v128.store(p, c30);
  v128.store(p, c31, 16);
  p += strideC;
  v128.store(p, c40);
  v128.store(p, c41, 16);
  p += strideC;
  v128.store(p, c50);
  v128.store(p, c51, 16);
}

/** Packs rows x k of A into strips of 6 rows, inner index outermost, missing rows zero. */
function packA(rows: i32, k: i32, alpha: f32, a: usize, rowStride: usize, columnStride: usize, out: usize): void {
  for (let i = 0; i < rows; i += TILE_ROWS) {
    const present = min(TILE_ROWS, rows - i);
    const strip = a + <usize>i * rowStride;
    if (present == TILE_ROWS) {
      const r1 = rowStride;
      const r2 = r1 + rowStride;
      const r3 = r2 + rowStride;
      const r4 = r3 + rowStride;
      const r5 = r4 + rowStride;
      let p = strip;
      for (let t = 0; t < k; t++) {
        store<f32>(out, alpha * load<f32>(p));
        store<f32>(out, alpha * load<f32>(p + r1), 4);
        store<f32>(out, alpha * load<f32>(p + r2), 8);
        store<f32>(out, alpha * load<f32>(p + r3), 12);
        store<f32>(out, alpha * load<f32>(p + r4), 16);
        store<f32>(out, alpha * load<f32>(p + r5), 20);
        out += 24;
        p += columnStride;
      }
    } else {
      for (let t = 0; t < k; t++) {
        for (let r = 0; r < TILE_ROWS; r++) {
          const value = r < present ? alpha * load<f32>(strip + <usize>r * rowStride + <usize>t * columnStride) : 0;
          store<f32>(out + <usize>(4 * r), value);
        }
        out += 24;
      }
    }
  }
}

/** Packs k x columns of B into strips of 8 columns, inner index outermost, missing columns zero. */
function packB(k: i32, columns: i32, b: usize, rowStride: usize, columnStride: usize, out: usize): void {
  for (let j = 0; j < columns; j += TILE_COLUMNS) {
    const present = min(TILE_COLUMNS, columns - j);
    const strip = b + <usize>j * columnStride;
    if (present == TILE_COLUMNS && columnStride == 4) {
      let p = strip;
      for (let t = 0; t < k; t++) {
        v128.store(out, v128.load(p));
        v128.store(out, v128.load(p, 16), 16);
        out += 32;
        p += rowStride;
      }
    } else if (present == TILE_COLUMNS) {
      let p = strip;
      for (let t = 0; t < k; t++) {
        let q = p;
        for (let c: usize = 0; c < 32; c += 4) {
          store<f32>(out + c, load<f32>(q));
          q += columnStride;
        }
        out += 32;
        p += rowStride;
      }
    } else {
      for (let t = 0; t < k; t++) {
        for (let c = 0; c < TILE_COLUMNS; c++) {
          const value: f32 = c < present ? load<f32>(strip + <usize>t * rowStride + <usize>c * columnStride) : 0;
          store<f32>(out + <usize>(4 * c), value);
        }
        out += 32;
      }
    }
  }
}

/** A tile that C does not fill: computed in scratch, only the present part written back. */
function edgeTile(rows: i32, columns: i32, k: i32, a: usize, b: usize, c: usize, strideC: usize, tile: usize): void {
  memory.fill(tile, 0, <usize>(TILE_ROWS * TILE_COLUMNS * 4));
  for (let r = 0; r < rows; r++) {
    memory.copy(tile + <usize>(r * TILE_COLUMNS * 4), c + <usize>r * strideC, <usize>(columns * 4));
  }
  tileProduct(k, a, b, tile, <usize>(TILE_COLUMNS * 4));
  for (let r = 0; r < rows; r++) {
    memory.copy(c + <usize>r * strideC, tile + <usize>(r * TILE_COLUMNS * 4), <usize>(columns * 4));
  }
}

export function gemmScratchBytes(): i32 {
  return <i32>(PACKED_A + PACKED_B + <usize>(TILE_ROWS * TILE_COLUMNS * 4));
}

/** C (m x n) = beta·C + alpha·A·B, alpha = ±1, beta 0 or 1. Strides in elements; C's columns are adjacent. */
export function gemm(
  m: i32,
  n: i32,
  k: i32,
  alpha: f32,
  a: usize,
  aRow: i32,
  aColumn: i32,
  b: usize,
  bRow: i32,
  bColumn: i32,
  beta: i32,
  c: usize,
  cRow: i32,
  scratch: usize,
): void {
  // prettier-ignore
  const strideC = <usize>cRow * 4;
  const aRowBytes = <usize>aRow * 4, aColumnBytes = <usize>aColumn * 4; // prettier-ignore
  const bRowBytes = <usize>bRow * 4, bColumnBytes = <usize>bColumn * 4; // prettier-ignore
  const packedA = scratch;
  const packedB = scratch + PACKED_A;
  const tile = packedB + PACKED_B;
  if (beta == 0) {
    for (let i = 0; i < m; i++) memory.fill(c + <usize>i * strideC, 0, <usize>n * 4);
  }
  for (let j = 0; j < n; j += BLOCK_COLUMNS) {
    const columns = min(BLOCK_COLUMNS, n - j);
    for (let t = 0; t < k; t += BLOCK_INNER) {
      const inner = min(BLOCK_INNER, k - t);
      packB(inner, columns, b + <usize>t * bRowBytes + <usize>j * bColumnBytes, bRowBytes, bColumnBytes, packedB);
      for (let i = 0; i < m; i += BLOCK_ROWS) {
        const rows = min(BLOCK_ROWS, m - i);
        packA(rows, inner, alpha, a + <usize>i * aRowBytes + <usize>t * aColumnBytes, aRowBytes, aColumnBytes, packedA);
        for (let q = 0; q < columns; q += TILE_COLUMNS) {
          const stripB = packedB + <usize>q * <usize>inner * 4;
          const tileColumns = min(TILE_COLUMNS, columns - q);
          for (let p = 0; p < rows; p += TILE_ROWS) {
            const stripA = packedA + <usize>p * <usize>inner * 4;
            const tileC = c + <usize>(i + p) * strideC + <usize>(j + q) * 4;
            const tileRows = min(TILE_ROWS, rows - p);
            if (tileRows == TILE_ROWS && tileColumns == TILE_COLUMNS)
              tileProduct(inner, stripA, stripB, tileC, strideC);
            else edgeTile(tileRows, tileColumns, inner, stripA, stripB, tileC, strideC, tile);
          }
        }
      }
    }
  }
}
