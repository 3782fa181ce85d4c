// Functions in float32 alone, four at a time, for frozen models; same steps as ../single.ts, which documents them.

function nearestScaled(x: v128, n: v128): v128 {
  const high = f32x4.sub(x, f32x4.mul(n, f32x4.splat(0.693359375)));
  return f32x4.sub(high, f32x4.mul(n, f32x4.splat(-2.12194440e-4)));
}

function exp4(argument: v128): v128 {
  const x = f32x4.max(argument, f32x4.splat(-87));
  const n = f32x4.nearest(f32x4.mul(x, f32x4.splat(1.44269504)));
  const r = nearestScaled(x, n);
  let p = f32x4.splat(1.9875691500e-4);
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.3981999507e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(8.3334519073e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(4.1665795894e-2));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.6666665459e-1));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(5.0000001201e-1));
  const y = f32x4.add(f32x4.add(f32x4.mul(p, f32x4.mul(r, r)), r), f32x4.splat(1));
  const power = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23);
  return f32x4.mul(y, power);
}

/** In place, each column becomes softmax of itself, sums in ascending order of rows. `columns` is a multiple of 4. */
export function softmaxColumns(rows: i32, columns: i32, x: usize): void {
  const stride = <usize>columns * 4;
  for (let c = 0; c < columns; c += 4) {
    let top = v128.load(x);
    let p = x + stride;
    for (let r = 1; r < rows; r++, p += stride) top = f32x4.max(top, v128.load(p));
    let sum = f32x4.splat(0);
    p = x;
    for (let r = 0; r < rows; r++, p += stride) {
      const share = exp4(f32x4.sub(v128.load(p), top));
      v128.store(p, share);
      sum = f32x4.add(sum, share);
    }
    p = x;
    for (let r = 0; r < rows; r++, p += stride) v128.store(p, f32x4.div(v128.load(p), sum));
    x += 16;
  }
}

function erf4(argument: v128): v128 {
  const x = f32x4.max(f32x4.min(argument, f32x4.splat(4)), f32x4.splat(-4));
  const z = f32x4.mul(x, x);
  let p = f32x4.splat(-2.72614225801306e-10);
  p = f32x4.add(f32x4.mul(p, z), f32x4.splat(2.77068142495902e-8));
  p = f32x4.add(f32x4.mul(p, z), f32x4.splat(-2.10102402082508e-6));
  p = f32x4.add(f32x4.mul(p, z), f32x4.splat(-5.69250639462346e-5));
  p = f32x4.add(f32x4.mul(p, z), f32x4.splat(-7.34990630326855e-4));
  p = f32x4.add(f32x4.mul(p, z), f32x4.splat(-2.954599808540250e-3));
  p = f32x4.add(f32x4.mul(p, z), f32x4.splat(-1.60960333262415e-2));
  let q = f32x4.splat(-1.45660718464996e-5);
  q = f32x4.add(f32x4.mul(q, z), f32x4.splat(-2.13374055278905e-4));
  q = f32x4.add(f32x4.mul(q, z), f32x4.splat(-1.68282697438203e-3));
  q = f32x4.add(f32x4.mul(q, z), f32x4.splat(-7.37332916720468e-3));
  q = f32x4.add(f32x4.mul(q, z), f32x4.splat(-1.42647390514189e-2));
  return f32x4.div(f32x4.mul(x, p), q);
}

/** x = GELU(x) = x/2 · (1 + erf(x/√2)), in place. `count` is a multiple of 4. */
export function geluByErf(count: i32, x: usize): void {
  for (let i = 0; i < count; i += 4) {
    const value = v128.load(x);
    const gate = f32x4.add(f32x4.splat(1), erf4(f32x4.mul(value, f32x4.splat(0.70710678))));
    v128.store(x, f32x4.mul(f32x4.mul(value, f32x4.splat(0.5)), gate));
    x += 16;
  }
}
