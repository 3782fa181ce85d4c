import { FOLDS } from "@openledger/protocol/score/harm.ts";
import { quantiseTogether } from "@openledger/protocol/score/int16Vector.ts";
import { foldsOf } from "./qualityFolds.ts";

/** What the data of one Datanet are judged by. */
export interface QualityFunctionals {
  /** By the whole quality set. */
  readonly G: Int16Array;
  /** By each of its folds, in the unit of G. */
  readonly folds: readonly Int16Array[];
}

/** Of a Datanet without a quality set: nothing helps and nothing harms. */
export function noJudgement(k: number): QualityFunctionals {
  return { G: new Int16Array(k), folds: Array.from({ length: FOLDS }, () => new Int16Array(k)) };
}

/**
 * The functionals of a quality set: every class counts alike, in the whole set and in each fold.
 *
 * @param psi of the set's rows, rows x k
 * @param labels class of each row; what has no class is all of class 0
 */
export function qualityFunctionals(
  psi: Float64Array,
  k: number,
  labels: Int32Array,
  classes: number,
): QualityFunctionals {
  const foldOf = foldsOf(labels);
  const every = Array.from(labels.keys());
  const folds = Array.from({ length: FOLDS }, (_, fold) => every.filter((row) => foldOf[row] === fold));
  const sums = [every, ...folds].map((rows) => balancedSum(psi, k, labels, rows, classes));
  const [G, ...ofFolds] = quantiseTogether(sums);
  return { G: G!, folds: ofFolds };
}

/** Σ ψ_q / (rows of q's class) over some rows. */
function balancedSum(
  psi: Float64Array,
  k: number,
  labels: Int32Array,
  rows: readonly number[],
  classes: number,
): Float64Array {
  const counts = new Float64Array(classes);
  for (const row of rows) counts[labels[row]!]!++;
  const sum = new Float64Array(k);
  for (const row of rows) {
    for (let j = 0; j < k; j++) sum[j]! += psi[row * k + j]! / counts[labels[row]!]!;
  }
  return sum;
}
