import { quantiseInt16 } from "@openledger/protocol/score/int16Vector.ts";

/** Collects an epoch's receipts into its functional, in the order of their tree. */
export interface EpochFunctional {
  /**
   * Adds receipts: fee_q · ψ_q / ‖ψ_q‖. What was paid for an output without any influence (ψ = 0) is explained by nothing and counts as
   * unexplained revenue.
   *
   * @param psi queries x k @param fees wei, one per query
   */
  add(psi: Float64Array, fees: readonly bigint[]): void;
  /**
   * F: the sum with the unexplained revenue along the quality functional, U · G / ‖G‖, quantised to int16.
   * @param unexplained wei of swept revenue that no receipt explains
   */
  finish(quality: Int16Array, unexplained: bigint): Int16Array;
}

/** @param k columns of the version's index */
export function createEpochFunctional(k: number): EpochFunctional {
  const sum = new Float64Array(k);
  let withoutInfluence = 0n;

  /** @returns false for a vector of zeros, which has no direction */
  function addDirection(vector: ArrayLike<number>, start: number, amount: bigint): boolean {
    let squares = 0;
    for (let j = 0; j < k; j++) squares += vector[start + j]! * vector[start + j]!;
    if (squares === 0) return false;
    const factor = Number(amount) / Math.sqrt(squares);
    for (let j = 0; j < k; j++) sum[j]! += factor * vector[start + j]!;
    return true;
  }

  return {
    add(psi, fees) {
      if (psi.length !== fees.length * k) {
        throw new RangeError(`${fees.length} fees need ${fees.length * k} query features, got ${psi.length}`);
      }
      for (const [q, fee] of fees.entries()) if (!addDirection(psi, q * k, fee)) withoutInfluence += fee;
    },
    finish(quality, unexplained) {
      addDirection(quality, 0, unexplained + withoutInfluence);
      return quantiseInt16(sum);
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
