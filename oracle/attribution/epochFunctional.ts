import { quantiseDirection } from "./quantise.ts";

/** Collects an epoch's receipts into its functional, in the order in which they are given. */
export interface EpochFunctional {
  /**
   * Adds receipts: fee_q · ψ_q / ‖ψ_q‖. A query without any influence (ψ = 0) adds nothing.
   * @param psi queries x k @param fees wei, one per query
   */
  add(psi: Float64Array, fees: readonly bigint[]): void;
  /**
   * F, int16: the sum with the unexplained revenue along the quality functional, U · G / ‖G‖, quantised.
   * @param unexplained wei of swept revenue that no receipt explains
   */
  finish(quality: Int16Array, unexplained: bigint): Int16Array;
}

/** @param k columns of the version's index */
export function createEpochFunctional(k: number): EpochFunctional {
  const sum = new Float64Array(k);
  function addDirection(vector: ArrayLike<number>, start: number, amount: bigint): void {
    let squares = 0;
    for (let j = 0; j < k; j++) squares += vector[start + j]! * vector[start + j]!;
    if (squares === 0 || amount === 0n) return;
    const factor = Number(amount) / Math.sqrt(squares);
    for (let j = 0; j < k; j++) sum[j]! += factor * vector[start + j]!;
  }
  return {
    add(psi, fees) {
      if (psi.length !== fees.length * k) {
        throw new RangeError(`${fees.length} fees need ${fees.length * k} query features, got ${psi.length}`);
      }
      for (const [q, fee] of fees.entries()) addDirection(psi, q * k, fee);
    },
    finish(quality, unexplained) {
      addDirection(quality, 0, unexplained);
      return quantiseDirection(sum);
    },
  };
}

/** F of an epoch whose receipts are at hand at once; see {@link EpochFunctional}. */
export function epochFunctional(
  psi: Float64Array,
  fees: readonly bigint[],
  quality: Int16Array,
  unexplained: bigint,
): Int16Array {
  const functional = createEpochFunctional(quality.length);
  functional.add(psi, fees);
  return functional.finish(quality, unexplained);
}
