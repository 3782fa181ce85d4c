import { createKeccak } from "hash-wasm";
import { hashAt, type Hash } from "./hex.ts";

/**
 * One WebAssembly instance for the whole program. Compiling it is asynchronous, which the import awaits; from then on hashing
 * is synchronous. An instance keeps state between init and digest, so the functions below never yield in between.
 */
const hasher = await createKeccak(256);

/** keccak-256 as 32 bytes. */
export function keccakBytes(data: Uint8Array): Uint8Array {
  return hasher.init().update(data).digest("binary");
}

/** keccak-256 as hexadecimal. */
export function keccak256(data: Uint8Array): Hash {
  return hashAt(keccakBytes(data), 0);
}

const encoder = new TextEncoder();

/** keccak-256 of the UTF-8 bytes of a text. */
export function keccakText(text: string): Hash {
  return keccak256(encoder.encode(text));
}
