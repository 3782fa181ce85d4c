import { directionOf } from "@openledger/protocol/score/direction.ts";
import { quantiseInt16 } from "@openledger/protocol/score/int16Vector.ts";
import { InputError } from "../common/errors.ts";
import type { IndexContent } from "./inputs.ts";

/** An output that was paid for: its query feature, and the wei of its receipt that count. */
export interface PaidOutput {
  readonly psi: Float32Array | Float64Array;
  readonly counted: bigint;
}

/** What a version's Datanets want of it together, by its index: F of a pool without receipts. */
export function directionIn({ parts, k }: Pick<IndexContent, "parts" | "k">): Int16Array {
  const functionals = parts.map(({ quality }) => quality);
  return directionOf(functionals, k);
}

/**
 * F of a model and epoch: `quantise(Σ counted · ψ/‖ψ‖ + U · G/‖G‖)` (docs/protocol.md §4), G being the direction of the version's
 * Datanets. One fee is one unit of direction, so nobody gains from provoking a large gradient. Without an output that says
 * anything F is G itself, which anyone can decide.
 *
 * Float64 additions in the order of the outputs, square roots and divisions only: the same bits everywhere.
 *
 * @param outputs in the order of the receipts tree. A zero ψ says nothing; its fee counts as unexplained.
 * @param unexplained U in wei.
 * @param direction G.
 * @returns int16, as long as G.
 * @throws InputError for a ψ of another length.
 */
export function epochFunctional(outputs: Iterable<PaidOutput>, unexplained: bigint, direction: Int16Array): Int16Array {
  const functional = openFunctional(direction);
  for (const output of outputs) functional.add(output);
  return functional.close(unexplained);
}

/** F while its outputs come in. */
export interface OpenFunctional {
  /** @throws InputError for a ψ of another length */
  add(output: PaidOutput): void;
  /** F, once, after all outputs. @param unexplained U in wei. */
  close(unexplained: bigint): Int16Array;
}

/** {@link epochFunctional} of outputs that are not all there at once. @param direction G. */
export function openFunctional(direction: Int16Array): OpenFunctional {
  const sum = new Float64Array(direction.length);
  let silent = 0n;
  let explained = false;
  return {
    add({ psi, counted }) {
      if (psi.length !== direction.length) {
        throw new InputError("A query feature does not fit the version", {
          value: psi.length,
          limit: `${direction.length} components`,
        });
      }
      if (counted > 0n && addDirection(sum, psi, counted)) explained = true;
      else silent += counted;
    },
    close(unexplained) {
      if (!explained) return direction.slice();
      addDirection(sum, direction, unexplained + silent);
      return quantiseInt16(sum);
    },
  };
}

/** Adds `amount · vector/‖vector‖`; false for a zero vector. */
function addDirection(sum: Float64Array, vector: Float32Array | Float64Array | Int16Array, amount: bigint): boolean {
  let square = 0;
  for (const component of vector) square += component * component;
  if (square === 0) return false;
  const factor = Number(amount) / Math.sqrt(square);
  for (let j = 0; j < sum.length; j++) sum[j]! += factor * vector[j]!;
  return true;
}
