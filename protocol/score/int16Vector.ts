import { MalformedError } from "../errors.ts";
import { type Hash } from "../hex.ts";
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
