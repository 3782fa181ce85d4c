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
export class ConjugateGradientError extends Error {
  readonly residual: number;
  constructor(reason: string, residual: number) {
    super(
      `conjugate gradients: ${reason} (relative residual ${residual}); raise the damping or the number of iterations`,
    );
    this.name = "ConjugateGradientError";
    this.residual = residual;
  }
}

/**
 * Solves A·x = b for a symmetric positive definite A given as a product (Hestenes & Stiefel 1952). Float64 in a fixed order, so the same
 * product gives the same bits and the same number of iterations everywhere.
 *
 * @param apply returns A·x in a new array
 * @throws ConjugateGradientError
 */
export function conjugateGradients(
  apply: (x: Float64Array) => Float64Array,
  b: Float64Array,
  { tolerance, mostIterations }: ConjugateGradientOptions,
): ConjugateGradientResult {
  const solution = new Float64Array(b.length);
  const remainder = b.slice();
  const direction = b.slice();
  const target = Math.sqrt(dot(b, b));
  let squares = dot(remainder, remainder);
  for (let iterations = 0; ; iterations++) {
    const residual = target === 0 ? 0 : Math.sqrt(squares) / target;
    if (residual <= tolerance) return { solution, iterations, residual };
    if (iterations === mostIterations)
      throw new ConjugateGradientError(`no convergence in ${iterations} steps`, residual);
    const product = apply(direction);
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

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
