import { ContentError } from "../../common/errors.ts";
import { choleskyFactor, choleskySolve } from "../../numerics/cholesky64.ts";

/** The normal equations cannot be solved: fewer independent observations than unknowns. */
export class RankDeficientError extends ContentError {
  constructor(observations: number, unknowns: number) {
    super(`${observations} observations do not determine ${unknowns} unknowns: add observations`);
  }
}

/** Ridge relative to the mean diagonal: makes directions that the design does not see 0 without moving the others. */
const RELATIVE_RIDGE = 1e-10;

/**
 * Minimiser of Σ (design_i · x - target_i)², by Cholesky factorisation of the normal equations in float64.
 * @throws RankDeficientError
 */
export function leastSquares(design: readonly Float64Array[], targets: readonly number[]): Float64Array {
  const n = design[0]?.length ?? 0;
  if (design.length < n) throw new RankDeficientError(design.length, n);
  const normal = new Float64Array(n * n);
  const right = new Float64Array(n);
  for (const [i, row] of design.entries()) {
    for (let a = 0; a < n; a++) {
      right[a]! += row[a]! * targets[i]!;
      for (let b = 0; b <= a; b++) normal[a * n + b]! += row[a]! * row[b]!;
    }
  }
  let trace = 0;
  for (let a = 0; a < n; a++) trace += normal[a * n + a]!;
  for (let a = 0; a < n; a++) normal[a * n + a]! += (RELATIVE_RIDGE * trace) / n;

  const factor = choleskyFactor(normal, n);
  choleskySolve(factor, n, right);
  return right;
}
