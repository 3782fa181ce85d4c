import { MalformedError, OutOfRangeError } from "../errors.ts";
import type { Hash } from "../hex.ts";
import { keccak256 } from "../keccak.ts";

/** Bytes of an int16 vector (G or F): two per component, big-endian two's complement. */
export function encodeInt16(vector: Int16Array): Uint8Array {
  const bytes = new Uint8Array(2 * vector.length);
  for (let i = 0; i < vector.length; i++) {
    bytes[2 * i] = vector[i]! >> 8;
    bytes[2 * i + 1] = vector[i]!;
  }
  return bytes;
}

/** Inverse of {@link encodeInt16}. Throws {@link MalformedError} for an odd number of bytes. */
export function decodeInt16(bytes: Uint8Array): Int16Array {
  if (bytes.length % 2) throw new MalformedError("length of an int16 vector", bytes.length, "an even number of bytes");
  const vector = new Int16Array(bytes.length / 2);
  for (let i = 0; i < vector.length; i++) vector[i] = (bytes[2 * i]! << 8) | bytes[2 * i + 1]!;
  return vector;
}

/** qualityHash of G, queryHash of F. */
export function hashInt16(vector: Int16Array): Hash {
  return keccak256(encodeInt16(vector));
}

/**
 * The nearest int16 vector of the same direction: the largest component becomes ±32767, the others are rounded, halves to
 * the even integer. A zero vector stays zero. Only + − × ÷ and comparisons, so every engine computes the same bits.
 *
 * @throws OutOfRangeError for a component that is not finite.
 */
export function quantiseInt16(vector: Float64Array): Int16Array {
  return quantiseTogether([vector])[0]!;
}

/** {@link quantiseInt16} with one unit for several vectors: the largest component of all becomes ±32767. */
export function quantiseTogether(vectors: readonly Float64Array[]): Int16Array[] {
  let largest = 0;
  for (const vector of vectors) {
    for (const [i, component] of vector.entries()) {
      if (!Number.isFinite(component)) throw new OutOfRangeError(`component ${i}`, component, "finite");
      largest = Math.max(largest, Math.abs(component));
    }
  }
  return vectors.map((vector) => {
    const quantised = new Int16Array(vector.length);
    if (largest === 0) return quantised;
    for (let i = 0; i < vector.length; i++) quantised[i] = roundHalfEven((vector[i]! / largest) * 32767);
    return quantised;
  });
}

function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return rest < 0.5 ? floor : floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}
