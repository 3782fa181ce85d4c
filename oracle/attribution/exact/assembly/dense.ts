// Element-wise steps of a dense network, its training and its R-operator. `Real` is f32 or f64 (chosen when compiling). Rows are examples. Sums run in
// ascending index order; SIMD is used only where elements are independent, so no result depends on it.

import { exp, log } from "../../../numerics/assembly/elementary";
export { gemm, gemmScratchBytes } from "./gemm";

const IDENTITY: i32 = 0;
const RELU: i32 = 1;

// @ts-ignore: decorator
@inline
function at(base: usize, index: i32): usize {
  return base + <usize>index * sizeof<Real>();
}

// @ts-ignore: decorator
@inline
function word(base: usize, index: i32): usize {
  return base + ((<usize>index) << 2);
}

export function gatherRows(rows: i32, width: i32, indices: usize, from: usize, to: usize): void {
  const bytes = <usize>width * sizeof<Real>();
  for (let r = 0; r < rows; r++) memory.copy(to + <usize>r * bytes, from + <usize>load<i32>(word(indices, r)) * bytes, bytes);
}

/** h = phi(z + bias); slope = phi'(z + bias); curvature = phi''(z + bias), skipped when its address is 0. */
export function activate(rows: i32, width: i32, kind: i32, bias: usize, h: usize, slope: usize, curvature: usize): void {
  for (let r = 0; r < rows; r++) {
    for (let j = 0; j < width; j++) {
      const i = r * width + j;
      const z = load<Real>(at(h, i)) + load<Real>(at(bias, j));
      if (kind == IDENTITY) {
        store<Real>(at(h, i), z);
      } else if (kind == RELU) {
        store<Real>(at(h, i), z > <Real>0 ? z : <Real>0);
        store<Real>(at(slope, i), z > <Real>0 ? <Real>1 : <Real>0);
        if (curvature) store<Real>(at(curvature, i), <Real>0);
      } else {
        const s = <Real>(1.0 / (1.0 + exp(-(<f64>z)))); // SiLU: z·s(z)
        const t = s * (<Real>1 - s);
        store<Real>(at(h, i), z * s);
        store<Real>(at(slope, i), s + z * t);
        if (curvature) store<Real>(at(curvature, i), t * (<Real>2 + z * (<Real>1 - <Real>2 * s)));
      }
    }
  }
}

/** Number `counter` of the stream `key`: SplitMix64 (Steele, Lea and Flood 2014), addressed instead of iterated. */
function random(key: u64, counter: u64): u64 {
  let x = key + (counter + 1) * 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

/**
 * Inverted dropout on h, slope and curvature. The mask is a function of (key, counter + element) alone, so that a
 * replayed step drops the same units.
 */
export function dropout(count: i32, rate: f64, key: u64, counter: u64, h: usize, slope: usize, curvature: usize): void {
  const threshold = <u64>(rate * 18446744073709551616.0);
  const keep = <Real>(1.0 / (1.0 - rate));
  for (let i = 0; i < count; i++) {
    const scale = random(key, counter + <u64>i) < threshold ? <Real>0 : keep;
    store<Real>(at(h, i), load<Real>(at(h, i)) * scale);
    store<Real>(at(slope, i), load<Real>(at(slope, i)) * scale);
    if (curvature) store<Real>(at(curvature, i), load<Real>(at(curvature, i)) * scale);
  }
}

/** In place: logits become probabilities. `losses`, when given, receives the cross-entropy of each row in float64. */
export function softmax(rows: i32, width: i32, logits: usize, labels: usize, losses: usize): void {
  for (let r = 0; r < rows; r++) {
    const row = at(logits, r * width);
    let top = load<Real>(row);
    for (let j = 1; j < width; j++) top = max<Real>(top, load<Real>(at(row, j)));
    let sum: f64 = 0;
    for (let j = 0; j < width; j++) sum += exp(<f64>(load<Real>(at(row, j)) - top));
    if (losses) store<f64>(losses + (<usize>r << 3), log(sum) - <f64>(load<Real>(at(row, load<i32>(word(labels, r)))) - top));
    for (let j = 0; j < width; j++) {
      store<Real>(at(row, j), <Real>(exp(<f64>(load<Real>(at(row, j)) - top)) / sum));
    }
  }
}

/** delta = scale · weight of the row · (p - one-hot(label)): the cross-entropy's gradient in the logits. */
export function lossDelta(rows: i32, width: i32, scale: Real, weights: usize, p: usize, labels: usize, delta: usize): void {
  for (let r = 0; r < rows; r++) {
    const factor = scale * load<Real>(at(weights, r));
    const label = load<i32>(word(labels, r));
    for (let j = 0; j < width; j++) {
      const i = r * width + j;
      const residual = load<Real>(at(p, i)) - (j == label ? <Real>1 : <Real>0);
      store<Real>(at(delta, i), factor * residual);
    }
  }
}

/** R{delta} of the loss: scale · weight · (p o Rz - p (p · Rz)). */
export function lossDeltaR(rows: i32, width: i32, scale: Real, weights: usize, p: usize, rz: usize, out: usize): void {
  for (let r = 0; r < rows; r++) {
    const factor = scale * load<Real>(at(weights, r));
    let dot: Real = 0;
    for (let j = 0; j < width; j++) dot += load<Real>(at(p, r * width + j)) * load<Real>(at(rz, r * width + j));
    for (let j = 0; j < width; j++) {
      const i = r * width + j;
      store<Real>(at(out, i), factor * load<Real>(at(p, i)) * (load<Real>(at(rz, i)) - dot));
    }
  }
}

export function columnSums(rows: i32, width: i32, a: usize, out: usize, beta: i32): void {
  if (beta == 0) memory.fill(out, 0, <usize>width * sizeof<Real>());
  for (let r = 0; r < rows; r++) {
    for (let j = 0; j < width; j++) store<Real>(at(out, j), load<Real>(at(out, j)) + load<Real>(at(a, r * width + j)));
  }
}

/** a[r, j] += row[j] */
export function addRow(rows: i32, width: i32, row: usize, a: usize): void {
  for (let r = 0; r < rows; r++) {
    for (let j = 0; j < width; j++) {
      store<Real>(at(a, r * width + j), load<Real>(at(a, r * width + j)) + load<Real>(at(row, j)));
    }
  }
}

/** out = a o b */
export function multiply(count: i32, a: usize, b: usize, out: usize): void {
  for (let i = 0; i < count; i++) store<Real>(at(out, i), load<Real>(at(a, i)) * load<Real>(at(b, i)));
}

/** out = out o slope + upstream o curvature o ra: R of (upstream o slope). */
export function chainR(count: i32, slope: usize, upstream: usize, curvature: usize, ra: usize, out: usize): void {
  for (let i = 0; i < count; i++) {
    const bend = load<Real>(at(upstream, i)) * load<Real>(at(curvature, i)) * load<Real>(at(ra, i));
    store<Real>(at(out, i), load<Real>(at(out, i)) * load<Real>(at(slope, i)) + bend);
  }
}

/** v = momentum·v + g + decay·theta; theta -= rate·v. */
export function stepMomentum(count: i32, rate: Real, momentum: Real, decay: Real, g: usize, v: usize, theta: usize): void {
  const lanes = 16 / <i32>sizeof<Real>();
  const rateV = v128.splat<Real>(rate), momentumV = v128.splat<Real>(momentum), decayV = v128.splat<Real>(decay); // prettier-ignore
  let i = 0;
  for (; i + lanes <= count; i += lanes) {
    const weights = v128.load(at(theta, i));
    const gradient = v128.add<Real>(v128.load(at(g, i)), v128.mul<Real>(decayV, weights));
    const velocity = v128.add<Real>(v128.mul<Real>(momentumV, v128.load(at(v, i))), gradient);
    v128.store(at(v, i), velocity);
    v128.store(at(theta, i), v128.sub<Real>(weights, v128.mul<Real>(rateV, velocity)));
  }
  for (; i < count; i++) {
    const weight = load<Real>(at(theta, i));
    const velocity = momentum * load<Real>(at(v, i)) + (load<Real>(at(g, i)) + decay * weight);
    store<Real>(at(v, i), velocity);
    store<Real>(at(theta, i), weight - rate * velocity);
  }
}

/**
 * Adam with decoupled decay: m = b1·m + (1-b1)g, v = b2·v + (1-b2)g², theta = (1 - rate·decay)·theta - rate·m̂/(√(v̂ + rootEpsilon) + epsilon),
 * m̂ = m / c1, v̂ = v / c2 with c = 1 - b^(t+1).
 */
export function stepAdam(
  count: i32, rate: Real, b1: Real, b2: Real, c1: Real, c2: Real, epsilon: Real, rootEpsilon: Real, decay: Real,
  g: usize, m: usize, v: usize, theta: usize,
): void { // prettier-ignore
  for (let i = 0; i < count; i++) {
    const gradient = load<Real>(at(g, i));
    const first = b1 * load<Real>(at(m, i)) + (<Real>1 - b1) * gradient;
    const second = b2 * load<Real>(at(v, i)) + (<Real>1 - b2) * gradient * gradient;
    store<Real>(at(m, i), first);
    store<Real>(at(v, i), second);
    const root = sqrt<Real>(second / c2 + rootEpsilon);
    const weight = load<Real>(at(theta, i));
    store<Real>(at(theta, i), weight * (<Real>1 - rate * decay) - (rate * (first / c1)) / (root + epsilon));
  }
}

/** Adjoint of {@link stepMomentum}: from (lambda, lv) of the step's outputs, u = lv - rate·lambda and lv = momentum·u. */
export function adjointMomentum(count: i32, rate: Real, momentum: Real, lambda: usize, lv: usize, u: usize): void {
  for (let i = 0; i < count; i++) {
    const value = load<Real>(at(lv, i)) - rate * load<Real>(at(lambda, i));
    store<Real>(at(u, i), value);
    store<Real>(at(lv, i), momentum * value);
  }
}

/** Adjoint of {@link stepAdam}; m and v are the moments after the step. u is the adjoint of the gradient; lambda is scaled by 1 - rate·decay. */
export function adjointAdam(
  count: i32, rate: Real, b1: Real, b2: Real, c1: Real, c2: Real, epsilon: Real, rootEpsilon: Real, decay: Real,
  g: usize, m: usize, v: usize, lambda: usize, lm: usize, lv: usize, u: usize,
): void { // prettier-ignore
  for (let i = 0; i < count; i++) {
    const l = load<Real>(at(lambda, i));
    const root = sqrt<Real>(load<Real>(at(v, i)) / c2 + rootEpsilon);
    const bottom = root + epsilon;
    const am = load<Real>(at(lm, i)) - (rate * l) / (c1 * bottom);
    const moment = load<Real>(at(m, i)) / c1;
    const av = load<Real>(at(lv, i)) + (rate * l * moment) / (bottom * bottom * <Real>2 * root * c2);
    store<Real>(at(u, i), (<Real>1 - b1) * am + <Real>2 * (<Real>1 - b2) * load<Real>(at(g, i)) * av);
    store<Real>(at(lm, i), b1 * am);
    store<Real>(at(lv, i), b2 * av);
    store<Real>(at(lambda, i), l * (<Real>1 - rate * decay));
  }
}

/** y += a·x */
export function addScaled(count: i32, a: Real, x: usize, y: usize): void {
  for (let i = 0; i < count; i++) store<Real>(at(y, i), load<Real>(at(y, i)) + a * load<Real>(at(x, i)));
}

/** out[i] = low + (high - low)·u, u uniform in [0, 1) from (key, i). */
export function uniform(count: i32, key: u64, low: f64, high: f64, out: usize): void {
  for (let i = 0; i < count; i++) {
    store<Real>(at(out, i), <Real>(low + (high - low) * (<f64>(random(key, i) >> 11) * (1.0 / 9007199254740992.0))));
  }
}

/** Fisher-Yates; the index is the high word of a 32 x 32 bit product, biased by less than count / 2^32. */
export function shuffle(count: i32, key: u64, ids: usize): void {
  for (let i = count - 1; i > 0; i--) {
    const j = <i32>(((random(key, i) >> 32) * <u64>(i + 1)) >> 32);
    const held = load<i32>(word(ids, i));
    store<i32>(word(ids, i), load<i32>(word(ids, j)));
    store<i32>(word(ids, j), held);
  }
}
