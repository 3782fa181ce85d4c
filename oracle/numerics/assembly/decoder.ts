// What a frozen generator runs on: int8 weights in strips of 8 outputs, under rows of float32 or of int8, and attention over a cache. Lanes are
// outputs, places or elements, never parts of one sum: a row's bits do not depend on how many rows there are.
import { exp } from "./elementary";

const STRIP: i32 = 8;
const TILE_ROWS: i32 = 4;
const PLACES: i32 = 16;

/** Weights (n x k int8 by rows) in strips of 8 rows: for each pair of columns the 8 rows' pairs side by side. */
export function packInt8(n: i32, k: i32, values: usize, strips: usize): void {
  for (let j = 0; j < n; j += STRIP) {
    for (let t = 0; t < k; t += 2) {
      for (let q = 0; q < STRIP; q++) {
        store<i16>(strips, load<i16>(values + <usize>(j + q) * <usize>k + <usize>t));
        strips += 2;
      }
    }
  }
}

/** The first of each of four pairs of int16. */
function firsts(pairs: v128): v128 {
  return f32x4.convert_i32x4_s(i32x4.shr_s(i32x4.shl(pairs, 16), 16));
}

function seconds(pairs: v128): v128 {
  return f32x4.convert_i32x4_s(i32x4.shr_s(pairs, 16));
}

function addPairs(sum: v128, a: v128, pairs: v128): v128 {
  return i32x4.add(sum, i32x4.dot_i16x8_s(a, pairs));
}

function addProduct(sum: v128, a: v128, b: v128): v128 {
  return f32x4.add(sum, f32x4.mul(a, b));
}

/** Both columns of a pair, one after the other. */
function addFloats(sum: v128, x: v128, y: v128, pairs: v128): v128 {
  return addProduct(addProduct(sum, x, firsts(pairs)), y, seconds(pairs));
}

function storeScaled(c: usize, scales: usize, low: v128, high: v128): void {
  v128.store(c, f32x4.mul(low, v128.load(scales)));
  v128.store(c, f32x4.mul(high, v128.load(scales, 16)), 16);
}

function storeIntegers(c: usize, scale: v128, scales: usize, low: v128, high: v128): void {
  v128.store(c, f32x4.mul(f32x4.convert_i32x4_s(low), f32x4.mul(scale, v128.load(scales))));
  v128.store(c, f32x4.mul(f32x4.convert_i32x4_s(high), f32x4.mul(scale, v128.load(scales, 16))), 16);
}

// prettier-ignore
function fourFloatRows(k: i32, a: usize, b: usize, scales: usize, c: usize, cBytes: usize): void {
  const zero = f32x4.splat(0);
  let c00 = zero, c01 = zero, c10 = zero, c11 = zero, c20 = zero, c21 = zero, c30 = zero, c31 = zero;
  const aBytes = <usize>k * 4;
  const a1 = a + aBytes, a2 = a1 + aBytes, a3 = a2 + aBytes;
  for (let t: usize = 0; t < aBytes; t += 8) {
    const low = v128.load8x8_s(b), high = v128.load8x8_s(b, 8);
    let w0 = firsts(low), w1 = firsts(high);
    let x = v128.load32_splat(a + t);
    c00 = addProduct(c00, x, w0); c01 = addProduct(c01, x, w1);
    x = v128.load32_splat(a1 + t);
    c10 = addProduct(c10, x, w0); c11 = addProduct(c11, x, w1);
    x = v128.load32_splat(a2 + t);
    c20 = addProduct(c20, x, w0); c21 = addProduct(c21, x, w1);
    x = v128.load32_splat(a3 + t);
    c30 = addProduct(c30, x, w0); c31 = addProduct(c31, x, w1);
    w0 = seconds(low); w1 = seconds(high);
    x = v128.load32_splat(a + t, 4);
    c00 = addProduct(c00, x, w0); c01 = addProduct(c01, x, w1);
    x = v128.load32_splat(a1 + t, 4);
    c10 = addProduct(c10, x, w0); c11 = addProduct(c11, x, w1);
    x = v128.load32_splat(a2 + t, 4);
    c20 = addProduct(c20, x, w0); c21 = addProduct(c21, x, w1);
    x = v128.load32_splat(a3 + t, 4);
    c30 = addProduct(c30, x, w0); c31 = addProduct(c31, x, w1);
    b += 16;
  }
  storeScaled(c, scales, c00, c01);
  storeScaled(c + cBytes, scales, c10, c11);
  storeScaled(c + 2 * cBytes, scales, c20, c21);
  storeScaled(c + 3 * cBytes, scales, c30, c31);
}

/** One row meets four strips at a time: a sum waits for its last addition, eight sums keep the processor busy. */
// prettier-ignore
function oneFloatRow(n: i32, k: i32, a: usize, b: usize, scales: usize, c: usize): void {
  const stripBytes = <usize>k * 8;
  let j = 0;
  for (; j + 4 * STRIP <= n; j += 4 * STRIP) {
    const zero = f32x4.splat(0);
    let c0 = zero, c1 = zero, c2 = zero, c3 = zero, c4 = zero, c5 = zero, c6 = zero, c7 = zero;
    let from = a, b0 = b, b1 = b + stripBytes, b2 = b1 + stripBytes, b3 = b2 + stripBytes;
    for (let t = 0; t < k; t += 2) {
      const x = v128.load32_splat(from), y = v128.load32_splat(from, 4);
      c0 = addFloats(c0, x, y, v128.load8x8_s(b0)); c1 = addFloats(c1, x, y, v128.load8x8_s(b0, 8));
      c2 = addFloats(c2, x, y, v128.load8x8_s(b1)); c3 = addFloats(c3, x, y, v128.load8x8_s(b1, 8));
      c4 = addFloats(c4, x, y, v128.load8x8_s(b2)); c5 = addFloats(c5, x, y, v128.load8x8_s(b2, 8));
      c6 = addFloats(c6, x, y, v128.load8x8_s(b3)); c7 = addFloats(c7, x, y, v128.load8x8_s(b3, 8));
      from += 8; b0 += 16; b1 += 16; b2 += 16; b3 += 16;
    }
    storeScaled(c, scales, c0, c1);
    storeScaled(c + 32, scales + 32, c2, c3);
    storeScaled(c + 64, scales + 64, c4, c5);
    storeScaled(c + 96, scales + 96, c6, c7);
    b += 4 * stripBytes; scales += 128; c += 128;
  }
  for (; j < n; j += STRIP) {
    let low = f32x4.splat(0), high = f32x4.splat(0);
    let from = a;
    for (let t = 0; t < k; t += 2) {
      const x = v128.load32_splat(from), y = v128.load32_splat(from, 4);
      low = addFloats(low, x, y, v128.load8x8_s(b)); high = addFloats(high, x, y, v128.load8x8_s(b, 8));
      from += 8; b += 16;
    }
    storeScaled(c, scales, low, high);
    scales += 32; c += 32;
  }
}

/** C (m x n float32) = Σ a·b · scale. A: m x k float32; B: strips of n x k. n is a multiple of 8, k is even. */
export function floatByInt8(m: i32, n: i32, k: i32, a: usize, b: usize, scales: usize, c: usize): void {
  const aBytes = <usize>k * 4;
  const cBytes = <usize>n * 4;
  const tiled = m - (m % TILE_ROWS);
  if (tiled > 0) {
    for (let j = 0; j < n; j += STRIP) {
      const strip = b + <usize>j * <usize>k;
      const factors = scales + <usize>j * 4;
      for (let i = 0; i < tiled; i += TILE_ROWS) {
        fourFloatRows(k, a + <usize>i * aBytes, strip, factors, c + <usize>i * cBytes + <usize>j * 4, cBytes);
      }
    }
  }
  for (let i = tiled; i < m; i++) oneFloatRow(n, k, a + <usize>i * aBytes, b, scales, c + <usize>i * cBytes);
}

// prettier-ignore
function fourIntegerRows(
  k: i32, a: usize, aScales: usize, b: usize, scales: usize, c: usize, cBytes: usize,
): void {
  const zero = i32x4.splat(0);
  let c00 = zero, c01 = zero, c10 = zero, c11 = zero, c20 = zero, c21 = zero, c30 = zero, c31 = zero;
  const aBytes = <usize>k * 2;
  const a1 = a + aBytes, a2 = a1 + aBytes, a3 = a2 + aBytes;
  for (let t: usize = 0; t < aBytes; t += 4) {
    const low = v128.load8x8_s(b), high = v128.load8x8_s(b, 8);
    let x = v128.load32_splat(a + t);
    c00 = addPairs(c00, x, low); c01 = addPairs(c01, x, high);
    x = v128.load32_splat(a1 + t);
    c10 = addPairs(c10, x, low); c11 = addPairs(c11, x, high);
    x = v128.load32_splat(a2 + t);
    c20 = addPairs(c20, x, low); c21 = addPairs(c21, x, high);
    x = v128.load32_splat(a3 + t);
    c30 = addPairs(c30, x, low); c31 = addPairs(c31, x, high);
    b += 16;
  }
  storeIntegers(c, v128.load32_splat(aScales), scales, c00, c01);
  storeIntegers(c + cBytes, v128.load32_splat(aScales, 4), scales, c10, c11);
  storeIntegers(c + 2 * cBytes, v128.load32_splat(aScales, 8), scales, c20, c21);
  storeIntegers(c + 3 * cBytes, v128.load32_splat(aScales, 12), scales, c30, c31);
}

// prettier-ignore
function oneIntegerRow(n: i32, k: i32, a: usize, aScale: usize, b: usize, scales: usize, c: usize): void {
  const stripBytes = <usize>k * 8;
  const scale = v128.load32_splat(aScale);
  let j = 0;
  for (; j + 4 * STRIP <= n; j += 4 * STRIP) {
    const zero = i32x4.splat(0);
    let c0 = zero, c1 = zero, c2 = zero, c3 = zero, c4 = zero, c5 = zero, c6 = zero, c7 = zero;
    let from = a, b0 = b, b1 = b + stripBytes, b2 = b1 + stripBytes, b3 = b2 + stripBytes;
    for (let t = 0; t < k; t += 2) {
      const x = v128.load32_splat(from);
      c0 = addPairs(c0, x, v128.load8x8_s(b0)); c1 = addPairs(c1, x, v128.load8x8_s(b0, 8));
      c2 = addPairs(c2, x, v128.load8x8_s(b1)); c3 = addPairs(c3, x, v128.load8x8_s(b1, 8));
      c4 = addPairs(c4, x, v128.load8x8_s(b2)); c5 = addPairs(c5, x, v128.load8x8_s(b2, 8));
      c6 = addPairs(c6, x, v128.load8x8_s(b3)); c7 = addPairs(c7, x, v128.load8x8_s(b3, 8));
      from += 4; b0 += 16; b1 += 16; b2 += 16; b3 += 16;
    }
    storeIntegers(c, scale, scales, c0, c1);
    storeIntegers(c + 32, scale, scales + 32, c2, c3);
    storeIntegers(c + 64, scale, scales + 64, c4, c5);
    storeIntegers(c + 96, scale, scales + 96, c6, c7);
    b += 4 * stripBytes; scales += 128; c += 128;
  }
  for (; j < n; j += STRIP) {
    let low = i32x4.splat(0), high = i32x4.splat(0);
    let from = a;
    for (let t = 0; t < k; t += 2) {
      const x = v128.load32_splat(from);
      low = addPairs(low, x, v128.load8x8_s(b)); high = addPairs(high, x, v128.load8x8_s(b, 8));
      from += 4; b += 16;
    }
    storeIntegers(c, scale, scales, low, high);
    scales += 32; c += 32;
  }
}

/** C (m x n float32) = Σ a·b · (aScale · bScale). A: m x k int16 of 127 levels; B: strips of n x k. n is a multiple of 8, k is even. */
// prettier-ignore
export function int8ByInt8(
  m: i32, n: i32, k: i32, a: usize, aScales: usize, b: usize, bScales: usize, c: usize,
): void {
  const aBytes = <usize>k * 2;
  const cBytes = <usize>n * 4;
  const tiled = m - (m % TILE_ROWS);
  if (tiled > 0) {
    for (let j = 0; j < n; j += STRIP) {
      const strip = b + <usize>j * <usize>k;
      const factors = bScales + <usize>j * 4;
      for (let i = 0; i < tiled; i += TILE_ROWS) {
        const to = c + <usize>i * cBytes + <usize>j * 4;
        fourIntegerRows(k, a + <usize>i * aBytes, aScales + <usize>i * 4, strip, factors, to, cBytes);
      }
    }
  }
  for (let i = tiled; i < m; i++) {
    oneIntegerRow(n, k, a + <usize>i * aBytes, aScales + <usize>i * 4, b, bScales, c + <usize>i * cBytes);
  }
}

/** out = x / √(mean(x²) + epsilon) · gain per row. */
export function rootMeanSquare(rows: i32, columns: i32, epsilon: f64, x: usize, gain: usize, out: usize): void {
  for (let r = 0; r < rows; r++) {
    let squares: f64 = 0;
    for (let c = 0; c < columns; c++) {
      const value = <f64>load<f32>(x + <usize>c * 4);
      squares += value * value;
    }
    const factor = 1.0 / sqrt<f64>(squares / <f64>columns + epsilon);
    for (let c = 0; c < columns; c++) {
      store<f32>(out, <f32>(<f64>load<f32>(x) * factor) * load<f32>(gain + <usize>c * 4));
      x += 4;
      out += 4;
    }
  }
}

/** Scores of a query with a block of 16 places. */
// prettier-ignore
function scoreBlock(size: i32, query: usize, keys: usize, scores: usize): void {
  let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
  for (let d = 0; d < size; d++) {
    const q = v128.load32_splat(query);
    s0 = addProduct(s0, q, v128.load(keys));
    s1 = addProduct(s1, q, v128.load(keys, 16));
    s2 = addProduct(s2, q, v128.load(keys, 32));
    s3 = addProduct(s3, q, v128.load(keys, 48));
    query += 4; keys += 64;
  }
  v128.store(scores, s0);
  v128.store(scores, s1, 16);
  v128.store(scores, s2, 32);
  v128.store(scores, s3, 48);
}

/** Scores become shares: softmax of scale · score, in float64, rounded once. */
function shareOut(places: i32, scale: f64, scores: usize, doubles: usize): void {
  let top: f64 = -Infinity;
  for (let s = 0; s < places; s++) {
    const value = scale * <f64>load<f32>(scores + <usize>s * 4);
    if (value > top) top = value;
  }
  let total: f64 = 0;
  for (let s = 0; s < places; s++) {
    const value = exp(scale * <f64>load<f32>(scores + <usize>s * 4) - top);
    store<f64>(doubles + <usize>s * 8, value);
    total += value;
  }
  for (let s = 0; s < places; s++) store<f32>(scores + <usize>s * 4, <f32>(load<f64>(doubles + <usize>s * 8) / total));
}

/** Sixteen elements of Σ share · value. */
// prettier-ignore
function mixBlock(places: i32, stride: usize, shares: usize, values: usize, out: usize): void {
  let o0 = f32x4.splat(0), o1 = o0, o2 = o0, o3 = o0;
  for (let s = 0; s < places; s++) {
    const share = v128.load32_splat(shares);
    o0 = addProduct(o0, share, v128.load(values));
    o1 = addProduct(o1, share, v128.load(values, 16));
    o2 = addProduct(o2, share, v128.load(values, 32));
    o3 = addProduct(o3, share, v128.load(values, 48));
    shares += 4; values += stride;
  }
  v128.store(out, o0);
  v128.store(out, o1, 16);
  v128.store(out, o2, 32);
  v128.store(out, o3, 48);
}

/** Causal attention of rows at places first, first + 1, … over a cache, as kernels.ts describes it. */
// prettier-ignore
export function attend(
  rows: i32, first: i32, heads: i32, keyHeads: i32, size: i32, capacity: i32, scale: f64,
  queries: usize, queryRow: i32, keys: usize, values: usize, scratch: usize, out: usize,
): void {
  const doubles = scratch + <usize>capacity * 4;
  const stride = <usize>size * 4;
  for (let r = 0; r < rows; r++) {
    const places = first + r + 1;
    for (let head = 0; head < heads; head++) {
      const query = queries + (<usize>r * <usize>queryRow + <usize>(head * size)) * 4;
      const shared = <usize>((head * keyHeads) / heads) * <usize>capacity * stride;
      for (let s = 0; s < places; s += PLACES) {
        scoreBlock(size, query, keys + shared + <usize>s * stride, scratch + <usize>s * 4);
      }
      shareOut(places, scale, scratch, doubles);
      const to = out + <usize>(r * heads + head) * stride;
      for (let d: usize = 0; d < stride; d += 64) mixBlock(places, stride, scratch, values + shared + d, to + d);
    }
  }
}
