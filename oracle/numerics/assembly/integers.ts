// Products of integers, whose sums are exact in any order. A frozen encoder's matrices run on them: values of eleven bits, one float32 scale
// per row, sums in 32 bits. Search runs on int8, a frozen generator's matrices on int8 too (decoder.ts).

/** A row whose largest value is smaller counts as zeros: its reciprocal would leave the range. */
const SMALLEST: f32 = 1e-30;
const TILE_ROWS: i32 = 4;
const STRIP: i32 = 8;
/** Rows whose values stay in the second cache. */
const BLOCK_ROWS: i32 = 96;

/** Each row of x as int16: scale = largest / levels, values = x · (levels / largest), rounded to nearest, ties to even. `columns` is a multiple of 8. */
export function quantiseRows(rows: i32, columns: i32, levels: f32, x: usize, values: usize, scales: usize): void {
  for (let r = 0; r < rows; r++) {
    let peak = f32x4.splat(0);
    for (let c = 0; c < columns; c += 4) peak = f32x4.max(peak, f32x4.abs(v128.load(x + <usize>c * 4)));
    const largest = max<f32>(
      max<f32>(f32x4.extract_lane(peak, 0), f32x4.extract_lane(peak, 1)),
      max<f32>(f32x4.extract_lane(peak, 2), f32x4.extract_lane(peak, 3)),
    );
    if (largest < SMALLEST) {
      store<f32>(scales, 0);
      memory.fill(values, 0, <usize>columns * 2);
      x += <usize>columns * 4;
      values += <usize>columns * 2;
    } else {
      store<f32>(scales, largest / levels);
      const factor = f32x4.splat(levels / largest);
      for (let c = 0; c < columns; c += 8) {
        const low = i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(v128.load(x), factor)));
        const high = i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(v128.load(x, 16), factor)));
        v128.store(values, i16x8.narrow_i32x4_s(low, high));
        x += 32;
        values += 16;
      }
    }
    scales += 4;
  }
}

/** Weights (n x k int16 by rows) in strips of 8 rows: for each pair of columns the 8 rows' pairs side by side. */
export function packStrips(n: i32, k: i32, values: usize, strips: usize): void {
  for (let j = 0; j < n; j += STRIP) {
    for (let t = 0; t < k; t += 2) {
      for (let q = 0; q < STRIP; q++) {
        store<i32>(strips, load<i32>(values + (<usize>(j + q) * <usize>k + <usize>t) * 2));
        strips += 4;
      }
    }
  }
}

function scaled(sums: v128, scale: v128, factors: usize, bias: usize): v128 {
  const factor = f32x4.mul(scale, v128.load(factors));
  return f32x4.add(f32x4.mul(f32x4.convert_i32x4_s(sums), factor), v128.load(bias));
}

function storeRow(c: usize, scale: usize, factors: usize, bias: usize, low: v128, high: v128): void {
  const s = v128.load32_splat(scale);
  v128.store(c, scaled(low, s, factors, bias));
  v128.store(c, scaled(high, s, factors + 16, bias + 16), 16);
}

function addPairs(sum: v128, a: v128, b: v128): v128 {
  return i32x4.add(sum, i32x4.dot_i16x8_s(a, b));
}

/** Eight sums, two vectors of B, one of A and a product leave registers to spare: six rows at once take half as long again. */
// prettier-ignore
function fourRows(
  a: usize, aBytes: usize, aScales: usize, b: usize, bScales: usize, bias: usize, c: usize, cBytes: usize,
): void {
  const zero = i32x4.splat(0);
  let c00 = zero, c01 = zero, c10 = zero, c11 = zero, c20 = zero, c21 = zero, c30 = zero, c31 = zero;
  const a1 = a + aBytes, a2 = a1 + aBytes, a3 = a2 + aBytes;
  for (let t: usize = 0; t < aBytes; t += 4) {
    const b0 = v128.load(b), b1 = v128.load(b, 16);
    let s = v128.load32_splat(a + t);
    c00 = addPairs(c00, s, b0); c01 = addPairs(c01, s, b1);
    s = v128.load32_splat(a1 + t);
    c10 = addPairs(c10, s, b0); c11 = addPairs(c11, s, b1);
    s = v128.load32_splat(a2 + t);
    c20 = addPairs(c20, s, b0); c21 = addPairs(c21, s, b1);
    s = v128.load32_splat(a3 + t);
    c30 = addPairs(c30, s, b0); c31 = addPairs(c31, s, b1);
    b += 32;
  }
  storeRow(c, aScales, bScales, bias, c00, c01);
  storeRow(c + cBytes, aScales + 4, bScales, bias, c10, c11);
  storeRow(c + 2 * cBytes, aScales + 8, bScales, bias, c20, c21);
  storeRow(c + 3 * cBytes, aScales + 12, bScales, bias, c30, c31);
}

// prettier-ignore
function oneRow(k: i32, a: usize, aScale: usize, b: usize, bScales: usize, bias: usize, c: usize): void {
  let low = i32x4.splat(0), high = i32x4.splat(0);
  for (let t = 0; t < k; t += 2) {
    const s = v128.load32_splat(a);
    low = addPairs(low, s, v128.load(b));
    high = addPairs(high, s, v128.load(b, 16));
    a += 4;
    b += 32;
  }
  storeRow(c, aScale, bScales, bias, low, high);
}

/** C (m x n float32) = Σ a·b · (aScale · bScale) + bias. A: m x k int16 by rows; B: strips of n x k. n is a multiple of 8, k is even. */
// prettier-ignore
export function integerProduct(
  m: i32, n: i32, k: i32, a: usize, aScales: usize, b: usize, bScales: usize, bias: usize, c: usize,
): void {
  const aBytes = <usize>k * 2;
  const cBytes = <usize>n * 4;
  for (let block = 0; block < m; block += BLOCK_ROWS) {
    const end = min(m, block + BLOCK_ROWS);
    for (let j = 0; j < n; j += STRIP) {
      const strip = b + <usize>j * aBytes;
      const factors = bScales + <usize>j * 4;
      const shift = bias + <usize>j * 4;
      let i = block;
      for (; i + TILE_ROWS <= end; i += TILE_ROWS) {
        const to = c + <usize>i * cBytes + <usize>j * 4;
        fourRows(a + <usize>i * aBytes, aBytes, aScales + <usize>i * 4, strip, factors, shift, to, cBytes);
      }
      for (; i < end; i++) {
        oneRow(k, a + <usize>i * aBytes, aScales + <usize>i * 4, strip, factors, shift, c + <usize>i * cBytes + <usize>j * 4);
      }
    }
  }
}

/** out[r] = Σ query · row r, int8, summed in 32 bits. `columns` is a multiple of 16. */
export function int8Products(rows: i32, columns: i32, query: usize, matrix: usize, out: usize): void {
  for (let r = 0; r < rows; r++) {
    let sums = i32x4.splat(0);
    for (let c = 0; c < columns; c += 16) {
      const x = v128.load(query + <usize>c);
      const y = v128.load(matrix);
      sums = addPairs(sums, i16x8.extend_low_i8x16_s(x), i16x8.extend_low_i8x16_s(y));
      sums = addPairs(sums, i16x8.extend_high_i8x16_s(x), i16x8.extend_high_i8x16_s(y));
      matrix += 16;
    }
    store<i32>(
      out,
      i32x4.extract_lane(sums, 0) + i32x4.extract_lane(sums, 1) + (i32x4.extract_lane(sums, 2) + i32x4.extract_lane(sums, 3)),
    );
    out += 4;
  }
}
