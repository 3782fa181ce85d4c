import { quantiseInt16 } from "@openledger/protocol/score/int16Vector.ts";

/** Of a Datanet without a quality set: nothing helps and nothing harms. */
export function noJudgement(k: number): Int16Array {
  return new Int16Array(k);
}

/**
 * G of a quality set: Σ ψ_q / (rows of q's class), so that every class counts alike.
 *
 * @param psi of the set's rows, rows x k
 * @param labels class of each row; what has no class is all of class 0
 */
export function qualityFunctional(psi: Float64Array, k: number, labels: Int32Array, classes: number): Int16Array {
  const counts = new Float64Array(classes);
  for (const label of labels) counts[label]!++;
  const sum = new Float64Array(k);
  for (const [row, label] of labels.entries()) {
    for (let j = 0; j < k; j++) sum[j]! += psi[row * k + j]! / counts[label]!;
  }
  return quantiseInt16(sum);
}
