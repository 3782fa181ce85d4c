import { randomStream } from "../random.ts";

/** Standard normal values. */
export function normals(count: number, seed: number): Float64Array {
  const stream = randomStream(seed, 0);
  return Float64Array.from({ length: count }, () => stream.normal());
}

/** C = A·B for m x k and k x n. */
export function product(a: Float64Array, b: Float64Array, m: number, k: number, n: number): Float64Array {
  const c = new Float64Array(m * n);
  for (let i = 0; i < m; i++)
    for (let t = 0; t < k; t++) for (let j = 0; j < n; j++) c[i * n + j]! += a[i * k + t]! * b[t * n + j]!;
  return c;
}

/** Of a matrix of rows x columns. */
export function transpose(a: Float64Array, rows: number, columns: number): Float64Array {
  return Float64Array.from({ length: a.length }, (_, i) => a[(i % rows) * columns + Math.floor(i / rows)]!);
}

/** @param at an entry of the lower triangle */
export function symmetric(n: number, at: (i: number, j: number) => number): Float64Array {
  return Float64Array.from({ length: n * n }, (_, i) => {
    const [row, column] = [Math.floor(i / n), i % n];
    return at(Math.max(row, column), Math.min(row, column));
  });
}

/** Largest magnitude. */
export function largest(values: Float64Array): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

/** Largest difference of two entries. */
export function difference(a: Float64Array, b: Float64Array): number {
  return largest(a.map((value, i) => value - b[i]!));
}

/** G·Gᵀ of n x rank normals, plus the identity where it would be singular. */
export function definite(n: number, rank: number, seed: number): Float64Array {
  const g = normals(n * rank, seed);
  const matrix = product(g, transpose(g, n, rank), n, rank, n);
  for (let i = 0; i < n; i++) matrix[i * n + i]! += 1;
  return matrix;
}
