import { ContentError } from "../common/errors.ts";
import { binaryScale } from "./binaryScale.ts";

/** Eigenvalues, ascending, and eigenvectors: row i of `vectors` (n x n) belongs to values[i]. */
export interface SymmetricEigen {
  readonly values: Float64Array;
  readonly vectors: Float64Array;
}

/** The matrix holds values that are not finite. */
export class EigenConvergenceError extends ContentError {
  constructor() {
    super("the matrix has no eigenvalues: it holds values that are not finite");
  }
}

/** Sweeps for one eigenvalue; three are usual. */
const MOST_ITERATIONS = 60;
/** Beside a largest entry of 1, so far below rounding that it can be dropped, and so far above the smallest float64 that its square is one. */
const NEGLIGIBLE = 2 ** -500;

/**
 * Eigendecomposition of a symmetric matrix (only the lower triangle is read): Householder tridiagonalisation and QL with implicit
 * shifts (Golub & Van Loan, Matrix Computations, §8.3), all in float64 and in one fixed order. Each vector's largest component is
 * positive. Works over the whole range of float64: the matrix is scaled by a power of two, and so is every column and rotation, whose squares
 * could vanish beside larger ones.
 *
 * @throws EigenConvergenceError
 */
export function symmetricEigen(matrix: Float64Array, n: number): SymmetricEigen {
  const a = symmetricCopy(matrix, n);
  const scale = binaryScale(a);
  if (Number.isNaN(scale)) throw new EigenConvergenceError();
  for (let i = 0; i < a.length; i++) a[i]! /= scale;
  const { diagonal, offDiagonal, vectors } = tridiagonalise(a, n);
  implicitQL(diagonal, offDiagonal, vectors, n);
  const order = Array.from(diagonal.keys()).sort((a, b) => diagonal[a]! - diagonal[b]! || a - b);
  const sorted = new Float64Array(n * n);
  for (const [to, from] of order.entries()) {
    const vector = vectors.subarray(from * n, (from + 1) * n);
    let largest = 0;
    for (let i = 1; i < n; i++) if (Math.abs(vector[i]!) > Math.abs(vector[largest]!)) largest = i;
    const sign = vector[largest]! < 0 ? -1 : 1;
    for (let i = 0; i < n; i++) sorted[to * n + i] = sign * vector[i]!;
  }
  return { values: Float64Array.from(order, (from) => diagonal[from]! * scale), vectors: sorted };
}

function symmetricCopy(matrix: Float64Array, n: number): Float64Array {
  const a = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) a[i * n + j] = a[j * n + i] = matrix[i * n + j]!;
  return a;
}

/** A = Qᵀ·T·Q with T tridiagonal; `vectors` is Q, orthogonal, by rows. Overwrites `a`. */
function tridiagonalise(a: Float64Array, n: number) {
  const offDiagonal = new Float64Array(n);
  const reflectors: { vector: Float64Array; beta: number }[] = [];
  for (let k = 0; k + 2 < n; k++) {
    const vector = new Float64Array(n);
    for (let i = k + 1; i < n; i++) vector[i] = a[i * n + k]!;
    // A reflector has the same effect at any length.
    const scale = binaryScale(vector);
    let squares = 0;
    for (let i = k + 1; i < n; i++) {
      vector[i]! /= scale;
      squares += vector[i]! * vector[i]!;
    }
    const norm = Math.sqrt(squares);
    const head = vector[k + 1]!;
    const alpha = head > 0 ? -norm : norm;
    offDiagonal[k] = alpha * scale;
    vector[k + 1] = head - alpha;
    const length = squares - head * head + vector[k + 1]! * vector[k + 1]!;
    const beta = length === 0 ? 0 : 2 / length;
    reflectors.push({ vector, beta });
    if (beta !== 0) reflectBothSides(a, n, k + 1, vector, beta);
  }
  if (n > 1) offDiagonal[n - 2] = a[(n - 1) * n + n - 2]!;
  const diagonal = Float64Array.from({ length: n }, (_, i) => a[i * n + i]!);

  const vectors = new Float64Array(n * n);
  for (let i = 0; i < n; i++) vectors[i * n + i] = 1;
  for (let k = reflectors.length - 1; k >= 0; k--) {
    const { vector, beta } = reflectors[k]!;
    // Rows k+1 … n-1 of Q, from the right: Q = Q·(I - beta·v·vᵀ) built backwards touches only that block.
    for (let i = k + 1; i < n; i++) {
      let sum = 0;
      for (let j = k + 1; j < n; j++) sum += vectors[i * n + j]! * vector[j]!;
      const scale = beta * sum;
      for (let j = k + 1; j < n; j++) vectors[i * n + j]! -= scale * vector[j]!;
    }
  }
  return { diagonal, offDiagonal, vectors };
}

/** A = H·A·H for H = I - beta·v·vᵀ, on rows and columns from `first`. */
function reflectBothSides(a: Float64Array, n: number, first: number, v: Float64Array, beta: number): void {
  const p = new Float64Array(n);
  for (let i = first; i < n; i++) {
    const factor = beta * v[i]!;
    if (factor === 0) continue;
    for (let j = first; j < n; j++) p[j]! += factor * a[i * n + j]!;
  }
  let dot = 0;
  for (let i = first; i < n; i++) dot += p[i]! * v[i]!;
  const half = (beta * dot) / 2;
  for (let i = first; i < n; i++) p[i]! -= half * v[i]!;
  for (let i = first; i < n; i++) {
    const [vi, pi] = [v[i]!, p[i]!];
    for (let j = first; j < n; j++) a[i * n + j]! -= vi * p[j]! + pi * v[j]!;
  }
}

/** Diagonalises a tridiagonal matrix; rotates the rows of `vectors` along. */
function implicitQL(d: Float64Array, e: Float64Array, vectors: Float64Array, n: number): void {
  for (let l = 0; l < n; l++) {
    for (let iteration = 0; ; iteration++) {
      let m = l;
      while (m < n - 1 && !separate(d, e, m)) m++;
      if (m === l) break;
      if (iteration === MOST_ITERATIONS) throw new Error(`eigenvalue ${l} did not converge in ${iteration} sweeps`);
      sweep(d, e, vectors, n, l, m);
    }
  }
}

/** Whether the matrix falls into two parts after row m. */
function separate(d: Float64Array, e: Float64Array, m: number): boolean {
  const coupling = Math.abs(e[m]!);
  return coupling <= NEGLIGIBLE || coupling <= Number.EPSILON * (Math.abs(d[m]!) + Math.abs(d[m + 1]!));
}

/** One implicit QL sweep over rows l … m with Wilkinson's shift. */
function sweep(d: Float64Array, e: Float64Array, vectors: Float64Array, n: number, l: number, m: number): void {
  const ratio = (d[l + 1]! - d[l]!) / (2 * e[l]!);
  const root = Math.sqrt(ratio * ratio + 1);
  let g = d[m]! - d[l]! + e[l]! / (ratio + (ratio < 0 ? -root : root));
  let sine = 1;
  let cosine = 1;
  let p = 0;
  const legs = new Float64Array(2);
  for (let i = m - 1; i >= l; i--) {
    const f = sine * e[i]!;
    const b = cosine * e[i]!;
    legs[0] = f;
    legs[1] = g;
    const scale = binaryScale(legs);
    const [x, y] = [f / scale, g / scale];
    const r = Math.sqrt(x * x + y * y);
    e[i + 1] = r * scale;
    if (r === 0) {
      // The matrix splits here: go on with the next sweep.
      d[i + 1]! -= p;
      e[m] = 0;
      return;
    }
    sine = x / r;
    cosine = y / r;
    g = d[i + 1]! - p;
    const t = (d[i]! - g) * sine + 2 * cosine * b;
    p = sine * t;
    d[i + 1] = g + p;
    g = cosine * t - b;
    rotateRows(vectors, n, i, sine, cosine);
  }
  d[l]! -= p;
  e[l] = g;
  e[m] = 0;
}

function rotateRows(vectors: Float64Array, n: number, i: number, sine: number, cosine: number): void {
  const upper = i * n;
  const lower = upper + n;
  for (let k = 0; k < n; k++) {
    const x = vectors[upper + k]!;
    const y = vectors[lower + k]!;
    vectors[lower + k] = sine * x + cosine * y;
    vectors[upper + k] = cosine * x - sine * y;
  }
}
