/** The normal equations cannot be solved: fewer independent observations than unknowns. */
export class RankDeficientError extends Error {
  constructor(observations: number, unknowns: number) {
    super(`${observations} observations do not determine ${unknowns} unknowns: add observations`);
    this.name = "RankDeficientError";
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

  for (let a = 0; a < n; a++) {
    for (let b = 0; b <= a; b++) {
      let sum = normal[a * n + b]!;
      for (let k = 0; k < b; k++) sum -= normal[a * n + k]! * normal[b * n + k]!;
      if (a !== b) normal[a * n + b] = sum / normal[b * n + b]!;
      else if (sum > 0) normal[a * n + a] = Math.sqrt(sum);
      else throw new RankDeficientError(design.length, n);
    }
  }
  for (let a = 0; a < n; a++) {
    for (let k = 0; k < a; k++) right[a]! -= normal[a * n + k]! * right[k]!;
    right[a]! /= normal[a * n + a]!;
  }
  for (let a = n - 1; a >= 0; a--) {
    for (let k = a + 1; k < n; k++) right[a]! -= normal[k * n + a]! * right[k]!;
    right[a]! /= normal[a * n + a]!;
  }
  return right;
}
