import type { KernelFactory } from "../numerics/kernels.ts";
import { randomStream } from "../numerics/random.ts";
import { aligned, createWorkspace } from "../numerics/workspace.ts";

/** Times that the first guess is multiplied by S·Sᵀ. */
const ITERATIONS = 2;
/** A column shorter than this share of its length before orthogonalisation is dependent on the others. */
const DEPENDENT = 1e-5;

/**
 * An orthonormal basis for the columns of the influence operator.
 *
 * With at most `rank` contributions the identity: each contribution has its own column and nothing is lost. With more, the `rank` leading
 * directions of S by randomised subspace iteration (Halko, Martinsson & Tropp 2011, algorithm 4.4).
 *
 * @param influence S, contributions x references; not read when there are at most `rank` contributions
 * @returns contributions x rank; columns that S has no use for are zero
 */
export function contributionBasis(
  createKernels: KernelFactory,
  influence: Float32Array,
  contributions: number,
  rank: number,
  seed: number,
): Float32Array {
  if (contributions <= rank) {
    const identity = new Float32Array(contributions * rank);
    for (let c = 0; c < contributions; c++) identity[c * rank + c] = 1;
    return identity;
  }
  const references = influence.length / contributions;
  const elements = aligned(influence.length) + aligned(contributions * rank) + aligned(references * rank);
  const space = createWorkspace(createKernels, elements, "lower the scheme's references or rank");
  const s = space.allocate(influence.length);
  const left = space.allocate(contributions * rank);
  const right = space.allocate(references * rank);
  space.floats(s, influence.length).set(influence);
  const leftValues = space.floats(left, contributions * rank);
  const rightValues = space.floats(right, references * rank);
  const stream = randomStream(seed, 0);
  for (let i = 0; i < rightValues.length; i++) rightValues[i] = stream.normal();

  const { kernels, scratch } = space;
  const multiply = () => {
    kernels.gemm(contributions, rank, references, 1, s, references, 1, right, rank, 1, 0, left, rank, scratch);
  };
  multiply();
  orthonormalise(leftValues, contributions, rank);
  for (let i = 0; i < ITERATIONS; i++) {
    kernels.gemm(references, rank, contributions, 1, s, 1, references, left, rank, 1, 0, right, rank, scratch);
    orthonormalise(rightValues, references, rank);
    multiply();
    orthonormalise(leftValues, contributions, rank);
  }
  return leftValues.slice();
}

/** Makes the columns of a rows x columns matrix orthonormal in float64 (modified Gram–Schmidt, twice); dependent columns become zero. */
function orthonormalise(values: Float32Array, rows: number, columns: number): void {
  const vectors = Array.from({ length: columns }, (_, c) =>
    Float64Array.from({ length: rows }, (_, r) => values[r * columns + c]!),
  );
  for (const [c, vector] of vectors.entries()) {
    const before = Math.sqrt(dot(vector, vector));
    for (let pass = 0; pass < 2; pass++) {
      for (let b = 0; b < c; b++) subtract(vector, vectors[b]!, dot(vector, vectors[b]!));
    }
    const length = Math.sqrt(dot(vector, vector));
    if (length <= DEPENDENT * before) vector.fill(0);
    else for (let r = 0; r < rows; r++) vector[r]! /= length;
  }
  for (const [c, vector] of vectors.entries()) for (let r = 0; r < rows; r++) values[r * columns + c] = vector[r]!;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function subtract(a: Float64Array, b: Float64Array, factor: number): void {
  for (let i = 0; i < a.length; i++) a[i]! -= factor * b[i]!;
}
