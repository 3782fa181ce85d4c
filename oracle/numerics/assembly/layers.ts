// Elementwise and sparse steps of a network's forward and backward pass. float32 storage; transcendental parts in
// float64, rounded once.
import { exp, gelu, geluSlope, log, tanh } from "./elementary";

const SILU: i32 = 1;
const RELU: i32 = 2;
const GELU: i32 = 3;
const TANH: i32 = 4;

/** z (rows x columns) += bias. */
export function addBias(rows: i32, columns: i32, z: usize, bias: usize): void {
  for (let r = 0; r < rows; r++) {
    let p = bias;
    let c = 0;
    for (; c + 4 <= columns; c += 4) {
      v128.store(z, f32x4.add(v128.load(z), v128.load(p)));
      z += 16;
      p += 16;
    }
    for (; c < columns; c++) {
      store<f32>(z, load<f32>(z) + load<f32>(p));
      z += 4;
      p += 4;
    }
  }
}

/** h = activation(z). kind: 0 identity, 1 SiLU, 2 ReLU, 3 GELU, 4 tanh. */
export function activation(kind: i32, count: i32, z: usize, h: usize): void {
  for (let i = 0; i < count; i++) {
    const value = load<f32>(z);
    if (kind == SILU) store<f32>(h, <f32>(<f64>value / (1.0 + exp(-(<f64>value)))));
    else if (kind == RELU) store<f32>(h, value > 0 ? value : 0);
    else if (kind == GELU) store<f32>(h, <f32>gelu(<f64>value));
    else if (kind == TANH) store<f32>(h, <f32>tanh(<f64>value));
    else store<f32>(h, value);
    z += 4;
    h += 4;
  }
}

/** delta[i] *= activation'(z[i]). */
export function activateBackward(kind: i32, count: i32, z: usize, delta: usize): void {
  for (let i = 0; i < count; i++) {
    const x = <f64>load<f32>(z);
    const d = load<f32>(delta);
    if (kind == SILU) {
      const s = 1.0 / (1.0 + exp(-x));
      store<f32>(delta, <f32>(<f64>d * (s * (1.0 + x * (1.0 - s)))));
    } else if (kind == RELU) {
      store<f32>(delta, x > 0 ? d : 0);
    } else if (kind == GELU) {
      store<f32>(delta, <f32>(<f64>d * geluSlope(x)));
    } else if (kind == TANH) {
      const h = tanh(x);
      store<f32>(delta, <f32>(<f64>d * (1.0 - h * h)));
    }
    z += 4;
    delta += 4;
  }
}

/** p (float64, `classes` long) = softmax(z). Returns log Σ exp(z). */
function softmaxRow(classes: i32, z: usize, p: usize): f64 {
  let top = <f64>load<f32>(z);
  for (let c = 1; c < classes; c++) {
    const value = <f64>load<f32>(z + <usize>c * 4);
    if (value > top) top = value;
  }
  let sum: f64 = 0;
  for (let c = 0; c < classes; c++) {
    const value = exp(<f64>load<f32>(z + <usize>c * 4) - top);
    store<f64>(p + <usize>c * 8, value);
    sum += value;
  }
  for (let c = 0; c < classes; c++) {
    const at = p + <usize>c * 8;
    store<f64>(at, load<f64>(at) / sum);
  }
  return top + log(sum);
}

/** delta = scale · (softmax(z) - e_label); loss[r] = -log p_label (float64); both 0 for a negative label. `scratch` holds `classes` float64. */
export function crossEntropy(
  rows: i32,
  classes: i32,
  scale: f32,
  z: usize,
  labels: usize,
  delta: usize,
  loss: usize,
  scratch: usize,
): void {
  // prettier-ignore
  for (let r = 0; r < rows; r++) {
    const label = load<i32>(labels + <usize>r * 4);
    if (label < 0) {
      store<f64>(loss + <usize>r * 8, 0);
      memory.fill(delta, 0, <usize>classes * 4);
      delta += <usize>classes * 4;
      z += <usize>classes * 4;
      continue;
    }
    const logSum = softmaxRow(classes, z, scratch);
    store<f64>(loss + <usize>r * 8, logSum - <f64>load<f32>(z + <usize>label * 4));
    for (let c = 0; c < classes; c++) {
      const p = load<f64>(scratch + <usize>c * 8);
      store<f32>(delta, <f32>(<f64>scale * (c == label ? p - 1.0 : p)));
      delta += 4;
    }
    z += <usize>classes * 4;
  }
}

/** Probabilities of each class, float32. */
export function softmax(rows: i32, classes: i32, z: usize, out: usize, scratch: usize): void {
  for (let r = 0; r < rows; r++) {
    softmaxRow(classes, z, scratch);
    for (let c = 0; c < classes; c++) {
      store<f32>(out, <f32>load<f64>(scratch + <usize>c * 8));
      out += 4;
    }
    z += <usize>classes * 4;
  }
}

/**
 * Margin f = z_y - log Σ_{k≠y} exp(z_k), float32: delta = df/dz = e_y - softmax over the other classes, and 1 - p_y = sigmoid(-f)
 * (float32), which stays accurate where p_y rounds to 1. All 0 for a negative label.
 */
export function margin(
  rows: i32,
  classes: i32,
  z: usize,
  labels: usize,
  value: usize,
  delta: usize,
  doubt: usize,
  scratch: usize,
): void {
  // prettier-ignore
  for (let r = 0; r < rows; r++) {
    const label = load<i32>(labels + <usize>r * 4);
    if (label < 0) {
      store<f32>(value + <usize>r * 4, 0);
      store<f32>(doubt + <usize>r * 4, 0);
      memory.fill(delta, 0, <usize>classes * 4);
      delta += <usize>classes * 4;
      z += <usize>classes * 4;
      continue;
    }
    let top: f64 = -Infinity;
    for (let c = 0; c < classes; c++) {
      const value = <f64>load<f32>(z + <usize>c * 4);
      if (c != label && value > top) top = value;
    }
    let sum: f64 = 0;
    for (let c = 0; c < classes; c++) {
      const value = c == label ? 0.0 : exp(<f64>load<f32>(z + <usize>c * 4) - top);
      store<f64>(scratch + <usize>c * 8, value);
      sum += value;
    }
    const f = <f64>load<f32>(z + <usize>label * 4) - (top + log(sum));
    store<f32>(value + <usize>r * 4, <f32>f);
    store<f32>(doubt + <usize>r * 4, <f32>(1.0 / (1.0 + exp(f))));
    for (let c = 0; c < classes; c++) {
      store<f32>(delta, c == label ? 1 : <f32>(-load<f64>(scratch + <usize>c * 8) / sum));
      delta += 4;
    }
    z += <usize>classes * 4;
  }
}

/** out[c] = Σ_r x[r][c], rows ascending. */
export function columnSums(rows: i32, columns: i32, x: usize, out: usize): void {
  memory.fill(out, 0, <usize>columns * 4);
  for (let r = 0; r < rows; r++) {
    let p = out;
    let c = 0;
    for (; c + 4 <= columns; c += 4) {
      v128.store(p, f32x4.add(v128.load(p), v128.load(x)));
      p += 16;
      x += 16;
    }
    for (; c < columns; c++) {
      store<f32>(p, load<f32>(p) + load<f32>(x));
      p += 4;
      x += 4;
    }
  }
}

/** x[i] *= y[i]. */
export function multiply(count: i32, x: usize, y: usize): void {
  for (let i = 0; i < count; i++) {
    store<f32>(x, load<f32>(x) * load<f32>(y));
    x += 4;
    y += 4;
  }
}

/** out (rows x columns) += scale · (x + shift) · y, elementwise; strides in elements. */
export function addProducts(
  rows: i32,
  columns: i32,
  scale: f32,
  shift: f32,
  x: usize,
  xRow: i32,
  y: usize,
  yRow: i32,
  out: usize,
  outRow: i32,
): void {
  // prettier-ignore
  const s = f32x4.splat(scale);
  const t = f32x4.splat(shift);
  for (let r = 0; r < rows; r++) {
    let px = x + <usize>r * <usize>xRow * 4;
    let py = y + <usize>r * <usize>yRow * 4;
    let po = out + <usize>r * <usize>outRow * 4;
    let c = 0;
    for (; c + 4 <= columns; c += 4) {
      const product = f32x4.mul(f32x4.mul(s, f32x4.add(v128.load(px), t)), v128.load(py));
      v128.store(po, f32x4.add(v128.load(po), product));
      px += 16;
      py += 16;
      po += 16;
    }
    for (; c < columns; c++) {
      store<f32>(po, load<f32>(po) + scale * (load<f32>(px) + shift) * load<f32>(py));
      px += 4;
      py += 4;
      po += 4;
    }
  }
}

/** out[r] = Σ_t weight_t · table[id_t] over row r's entries offsets[r] … offsets[r + 1] - 1, in their order. */
export function bagForward(
  rows: i32,
  dimension: i32,
  offsets: usize,
  ids: usize,
  weights: usize,
  table: usize,
  out: usize,
): void {
  // prettier-ignore
  for (let r = 0; r < rows; r++) {
    const row = out + <usize>r * <usize>dimension * 4;
    memory.fill(row, 0, <usize>dimension * 4);
    const end = load<i32>(offsets + <usize>(r + 1) * 4);
    for (let t = load<i32>(offsets + <usize>r * 4); t < end; t++) {
      const from = table + <usize>load<i32>(ids + <usize>t * 4) * <usize>dimension * 4;
      addScaled(dimension, load<f32>(weights + <usize>t * 4), from, row);
    }
  }
}

/** gradient[id_t] += weight_t · delta[r] for every entry t of every row r, in order. */
export function bagBackward(
  rows: i32,
  dimension: i32,
  offsets: usize,
  ids: usize,
  weights: usize,
  delta: usize,
  gradient: usize,
): void {
  // prettier-ignore
  for (let r = 0; r < rows; r++) {
    const row = delta + <usize>r * <usize>dimension * 4;
    const end = load<i32>(offsets + <usize>(r + 1) * 4);
    for (let t = load<i32>(offsets + <usize>r * 4); t < end; t++) {
      const to = gradient + <usize>load<i32>(ids + <usize>t * 4) * <usize>dimension * 4;
      addScaled(dimension, load<f32>(weights + <usize>t * 4), row, to);
    }
  }
}

function addScaled(count: i32, factor: f32, from: usize, to: usize): void {
  const splat = f32x4.splat(factor);
  let c = 0;
  for (; c + 4 <= count; c += 4) {
    v128.store(to, f32x4.add(v128.load(to), f32x4.mul(splat, v128.load(from))));
    to += 16;
    from += 16;
  }
  for (; c < count; c++) {
    store<f32>(to, load<f32>(to) + factor * load<f32>(from));
    to += 4;
    from += 4;
  }
}

/**
 * Overlap of sparse rows: out[c][n] = Σ_id x_c[id] · y_n[id] for `rows` sparse rows x (CSR) and the columns of y, given as postings
 * (for each id, the rows n that hold it, ascending, with their weights), restricted to n in [first, last).
 * out is rows x (last - first).
 */
export function bagOverlap(
  rows: i32,
  offsets: usize,
  ids: usize,
  weights: usize,
  postingOffsets: usize,
  postingRows: usize,
  postingWeights: usize,
  first: i32,
  last: i32,
  out: usize,
): void {
  // prettier-ignore
  const width = <usize>(last - first) * 4;
  for (let r = 0; r < rows; r++) {
    const row = out + <usize>r * width;
    memory.fill(row, 0, width);
    const base = row - <usize>first * 4;
    const end = load<i32>(offsets + <usize>(r + 1) * 4);
    for (let t = load<i32>(offsets + <usize>r * 4); t < end; t++) {
      const id = load<i32>(ids + <usize>t * 4);
      const weight = load<f32>(weights + <usize>t * 4);
      let low = load<i32>(postingOffsets + <usize>id * 4);
      const stop = load<i32>(postingOffsets + <usize>(id + 1) * 4);
      let high = stop;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (load<i32>(postingRows + <usize>middle * 4) < first) low = middle + 1;
        else high = middle;
      }
      for (let p = low; p < stop; p++) {
        const n = load<i32>(postingRows + <usize>p * 4);
        if (n >= last) break;
        const at = base + <usize>n * 4;
        store<f32>(at, load<f32>(at) + weight * load<f32>(postingWeights + <usize>p * 4));
      }
    }
  }
}
