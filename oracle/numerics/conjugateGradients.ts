import { ContentError } from "../common/errors.ts";
import { binaryScale } from "./binaryScale.ts";

export interface ConjugateGradientOptions {
  /** Stops when ‖A·x - b‖ ≤ tolerance · ‖b‖. */
  readonly tolerance: number;
  readonly mostIterations: number;
}

export interface ConjugateGradientResult {
  readonly solution: Float64Array;
  readonly iterations: number;
  /** ‖A·x - b‖ / ‖b‖ by the recurrence. */
  readonly residual: number;
}

/** The iteration used up its budget, or A is not positive definite. */
export class ConjugateGradientError extends ContentError {
  readonly residual: number;
  constructor(reason: string, residual: number) {
    super(
      `conjugate gradients: ${reason} (relative residual ${residual}); raise the damping or the number of iterations`,
    );
    this.residual = residual;
  }
}

/**
 * Solves A·x = b for a symmetric positive definite A given as a product (Hestenes & Stiefel 1952). Float64 in a fixed order, so the same
 * product gives the same bits and the same number of iterations everywhere. A and b are scaled by powers of two, because the squares of the method
 * would leave the range of float64 long before the solution does.
 *
 * @param apply returns A·x in a new array
 * @throws ConjugateGradientError
 */
export function conjugateGradients(
  apply: (x: Float64Array) => Float64Array,
  b: Float64Array,
  { tolerance, mostIterations }: ConjugateGradientOptions,
): ConjugateGradientResult {
  const rightScale = binaryScale(b);
  if (Number.isNaN(rightScale)) throw new ConjugateGradientError("the right-hand side is not finite", NaN);
  const remainder = b.map((value) => value / rightScale);
  const direction = remainder.slice();
  const solution = new Float64Array(b.length);
  const target = Math.sqrt(dot(remainder, remainder));
  let squares = dot(remainder, remainder);
  let matrixScale: number | undefined;
  for (let iterations = 0; ; iterations++) {
    const residual = target === 0 ? 0 : Math.sqrt(squares) / target;
    if (residual <= tolerance) {
      return { solution: rescaled(solution, rightScale, matrixScale ?? 1), iterations, residual };
    }
    if (iterations === mostIterations)
      throw new ConjugateGradientError(`no convergence in ${iterations} steps`, residual);
    const product = apply(direction);
    matrixScale ??= binaryScale(product);
    for (let i = 0; i < product.length; i++) product[i]! /= matrixScale;
    const curvature = dot(direction, product);
    if (!(curvature > 0)) throw new ConjugateGradientError(`curvature ${curvature} is not positive`, residual);
    const step = squares / curvature;
    for (let i = 0; i < b.length; i++) {
      solution[i]! += step * direction[i]!;
      remainder[i]! -= step * product[i]!;
    }
    const next = dot(remainder, remainder);
    const keep = next / squares;
    squares = next;
    for (let i = 0; i < b.length; i++) direction[i] = remainder[i]! + keep * direction[i]!;
  }
}

/** x·up/down for powers of two. Their quotient leaves the range of float64 only where both pull the same way, and then one by one does no harm. */
function rescaled(x: Float64Array, up: number, down: number): Float64Array {
  const factor = up / down;
  const one = factor >= 2 ** -1022 && factor < Infinity;
  return x.map((value) => (one ? value * factor : (value / down) * up));
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
