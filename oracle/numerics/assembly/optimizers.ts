// One optimiser step over all parameters, float32, one rounding per operation.

/** v = momentum·v + (g + decay·w); w = w - rate·v. */
export function momentumStep(count: i32, rate: f32, momentum: f32, decay: f32, w: usize, g: usize, v: usize): void {
  const vRate = f32x4.splat(rate), vMomentum = f32x4.splat(momentum), vDecay = f32x4.splat(decay); // prettier-ignore
  let i = 0;
  for (; i + 4 <= count; i += 4) {
    const weight = v128.load(w);
    const gradient = f32x4.add(v128.load(g), f32x4.mul(vDecay, weight));
    const velocity = f32x4.add(f32x4.mul(vMomentum, v128.load(v)), gradient);
    v128.store(v, velocity);
    v128.store(w, f32x4.sub(weight, f32x4.mul(vRate, velocity)));
    w += 16;
    g += 16;
    v += 16;
  }
  for (; i < count; i++) {
    const weight = load<f32>(w);
    const velocity = momentum * load<f32>(v) + (load<f32>(g) + decay * weight);
    store<f32>(v, velocity);
    store<f32>(w, weight - rate * velocity);
    w += 4;
    g += 4;
    v += 4;
  }
}

/**
 * Adam (Kingma & Ba 2015, algorithm 1): m = b1·m + (1-b1)·g; v = b2·v + (1-b2)·g²; w = w - rate·m / (√(v·correction) + epsilon).
 * The caller folds 1/(1-b1^t) into `rate` and passes correction = 1/(1-b2^t).
 */
export function adamStep(
  count: i32,
  rate: f32,
  beta1: f32,
  beta2: f32,
  correction: f32,
  epsilon: f32,
  w: usize,
  g: usize,
  m: usize,
  v: usize,
): void {
  // prettier-ignore
  const rest1: f32 = 1 - beta1;
  const rest2: f32 = 1 - beta2;
  const vRate = f32x4.splat(rate), vBeta1 = f32x4.splat(beta1), vBeta2 = f32x4.splat(beta2); // prettier-ignore
  const vRest1 = f32x4.splat(rest1), vRest2 = f32x4.splat(rest2); // prettier-ignore
  const vCorrection = f32x4.splat(correction), vEpsilon = f32x4.splat(epsilon); // prettier-ignore
  let i = 0;
  for (; i + 4 <= count; i += 4) {
    const gradient = v128.load(g);
    const first = f32x4.add(f32x4.mul(vBeta1, v128.load(m)), f32x4.mul(vRest1, gradient));
    const second = f32x4.add(f32x4.mul(vBeta2, v128.load(v)), f32x4.mul(f32x4.mul(vRest2, gradient), gradient));
    v128.store(m, first);
    v128.store(v, second);
    const divisor = f32x4.add(f32x4.sqrt(f32x4.mul(second, vCorrection)), vEpsilon);
    v128.store(w, f32x4.sub(v128.load(w), f32x4.div(f32x4.mul(vRate, first), divisor)));
    w += 16;
    g += 16;
    m += 16;
    v += 16;
  }
  for (; i < count; i++) {
    const gradient = load<f32>(g);
    const first = beta1 * load<f32>(m) + rest1 * gradient;
    const second = beta2 * load<f32>(v) + rest2 * gradient * gradient;
    store<f32>(m, first);
    store<f32>(v, second);
    store<f32>(w, load<f32>(w) - (rate * first) / (sqrt<f32>(second * correction) + epsilon));
    w += 4;
    g += 4;
    m += 4;
    v += 4;
  }
}
