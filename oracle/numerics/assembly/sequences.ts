// Layer normalisation, causal attention and kernels over positions. float32 storage; sums of a row in float64, index ascending, rounded
// once.
import { exp } from "./elementary";

/** normal = (x - mean) / √(variance + epsilon) per row, inverse[r] = 1 / √(variance + epsilon). */
export function normalise(rows: i32, columns: i32, epsilon: f64, x: usize, normal: usize, inverse: usize): void {
  const n = <f64>columns;
  for (let r = 0; r < rows; r++) {
    let sum: f64 = 0;
    for (let c = 0; c < columns; c++) sum += <f64>load<f32>(x + <usize>c * 4);
    const mean = sum / n;
    let squares: f64 = 0;
    for (let c = 0; c < columns; c++) {
      const d = <f64>load<f32>(x + <usize>c * 4) - mean;
      squares += d * d;
    }
    const factor = 1.0 / sqrt<f64>(squares / n + epsilon);
    store<f32>(inverse + <usize>r * 4, <f32>factor);
    for (let c = 0; c < columns; c++) {
      store<f32>(normal, <f32>((<f64>load<f32>(x) - mean) * factor));
      x += 4;
      normal += 4;
    }
  }
}

/** delta = inverse·(delta - mean(delta) - normal·mean(delta·normal)) per row, in place. */
export function normaliseBackward(rows: i32, columns: i32, normal: usize, inverse: usize, delta: usize): void {
  const n = <f64>columns;
  for (let r = 0; r < rows; r++) {
    let sum: f64 = 0;
    let products: f64 = 0;
    for (let c = 0; c < columns; c++) {
      const d = <f64>load<f32>(delta + <usize>c * 4);
      sum += d;
      products += d * <f64>load<f32>(normal + <usize>c * 4);
    }
    const mean = sum / n;
    const along = products / n;
    const factor = <f64>load<f32>(inverse + <usize>r * 4);
    for (let c = 0; c < columns; c++) {
      store<f32>(delta, <f32>(factor * (<f64>load<f32>(delta) - mean - <f64>load<f32>(normal) * along)));
      delta += 4;
      normal += 4;
    }
  }
}

/** out = x·gain per column. */
export function scaleColumns(rows: i32, columns: i32, x: usize, gain: usize, out: usize): void {
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      store<f32>(out, load<f32>(x) * load<f32>(gain + <usize>c * 4));
      x += 4;
      out += 4;
    }
  }
}

/** out[c] = Σ_r x[r][c]·y[r][c], rows ascending. */
export function columnProducts(rows: i32, columns: i32, x: usize, y: usize, out: usize): void {
  memory.fill(out, 0, <usize>columns * 4);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      const at = out + <usize>c * 4;
      store<f32>(at, load<f32>(at) + load<f32>(x) * load<f32>(y));
      x += 4;
      y += 4;
    }
  }
}

/**
 * Each block is length x length scores of positions (rows) against positions (columns); in place, row t becomes softmax(scale·score) over the
 * columns 0 … t and 0 beyond. `scratch` holds `length` float64.
 */
export function causalSoftmax(blocks: i32, length: i32, scale: f64, scores: usize, scratch: usize): void {
  for (let b = 0; b < blocks; b++) {
    for (let t = 0; t < length; t++) {
      let top: f64 = -Infinity;
      for (let c = 0; c <= t; c++) {
        const value = scale * <f64>load<f32>(scores + <usize>c * 4);
        if (value > top) top = value;
      }
      let sum: f64 = 0;
      for (let c = 0; c <= t; c++) {
        const value = exp(scale * <f64>load<f32>(scores + <usize>c * 4) - top);
        store<f64>(scratch + <usize>c * 8, value);
        sum += value;
      }
      for (let c = 0; c <= t; c++) store<f32>(scores + <usize>c * 4, <f32>(load<f64>(scratch + <usize>c * 8) / sum));
      for (let c = t + 1; c < length; c++) store<f32>(scores + <usize>c * 4, 0);
      scores += <usize>length * 4;
    }
  }
}

/** delta = scale·p·(delta - Σ_c p_c delta_c) per row, in place; p as `causalSoftmax` leaves it. */
export function causalSoftmaxBackward(blocks: i32, length: i32, scale: f64, p: usize, delta: usize): void {
  for (let b = 0; b < blocks; b++) {
    for (let t = 0; t < length; t++) {
      let mean: f64 = 0;
      for (let c = 0; c <= t; c++) {
        mean += <f64>load<f32>(p + <usize>c * 4) * <f64>load<f32>(delta + <usize>c * 4);
      }
      for (let c = 0; c <= t; c++) {
        const at = delta + <usize>c * 4;
        store<f32>(at, <f32>(scale * (<f64>load<f32>(p + <usize>c * 4) * (<f64>load<f32>(at) - mean))));
      }
      for (let c = t + 1; c < length; c++) store<f32>(delta + <usize>c * 4, 0);
      p += <usize>length * 4;
      delta += <usize>length * 4;
    }
  }
}

/** out[r][c] += Σ_t Σ_s x[r·length + t][c·length + s]·y[same], in float64, t then s ascending; x and y have `columns`·length columns. */
export function positionProducts(
  rows: i32,
  columns: i32,
  length: i32,
  x: usize,
  y: usize,
  out: usize,
  outRow: i32,
): void {
  // prettier-ignore
  const stride = <usize>columns * <usize>length * 4;
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      let sum: f64 = 0;
      for (let t = 0; t < length; t++) {
        const first = (<usize>r * <usize>length + <usize>t) * stride + <usize>c * <usize>length * 4;
        for (let s = 0; s < length; s++) {
          const at = first + <usize>s * 4;
          sum += <f64>load<f32>(x + at) * <f64>load<f32>(y + at);
        }
      }
      const to = out + (<usize>r * <usize>outRow + <usize>c) * 4;
      store<f32>(to, <f32>(<f64>load<f32>(to) + sum));
    }
  }
}
