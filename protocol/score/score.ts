import { OutOfRangeError } from "../errors.ts";
import { dotRows } from "./dot.ts";

/**
 * Signed score (with F) or quality (with G) of every contribution of an index: `<functional, features> · scale`.
 *
 * @param features row-major, rows × functional.length.
 * @param scales uint32 of every row.
 * @returns integers of at most 66 bits.
 */
export function scoresOf(functional: Int16Array, features: Int8Array, scales: readonly number[]): bigint[] {
  if (features.length !== scales.length * functional.length) {
    const shape = `${scales.length} rows × ${functional.length}`;
    throw new OutOfRangeError("length of the features", features.length, shape);
  }
  return Array.from(dotRows(functional, features), (product, row) => BigInt(product) * BigInt(scales[row]!));
}
