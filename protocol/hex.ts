import { MalformedError } from "./errors.ts";

declare const brand: unique symbol;

/** Bytes as lower-case hexadecimal with 0x. */
export type Hex = `0x${string}`;
/** 32 bytes as lower-case hexadecimal. */
export type Hash = Hex & { readonly [brand]: "Hash" };
/** 20 bytes as lower-case hexadecimal, so that the order of the strings is the order of the numbers. */
export type Address = Hex & { readonly [brand]: "Address" };

export const ZERO_HASH = `0x${"00".repeat(32)}` as Hash;
export const ZERO_ADDRESS = `0x${"00".repeat(20)}` as Address;

const HASH = /^0x[0-9a-fA-F]{64}$/;
const ADDRESS = /^0x[0-9a-fA-F]{40}$/;
const HEX = /^0x(?:[0-9a-fA-F]{2})*$/;

/** @throws MalformedError unless `value` is 0x and 64 hexadecimal digits. */
export function asHash(value: string, what = "hash"): Hash {
  if (!HASH.test(value)) throw new MalformedError(what, value, "0x and 64 hexadecimal digits");
  return value.toLowerCase() as Hash;
}

/**
 * The canonical (lower-case) form of an address. Checksums are for people: verify them where people type.
 *
 * @throws MalformedError unless `value` is 0x and 40 hexadecimal digits.
 */
export function asAddress(value: string, what = "address"): Address {
  if (!ADDRESS.test(value)) throw new MalformedError(what, value, "0x and 40 hexadecimal digits");
  return value.toLowerCase() as Address;
}

const DIGITS = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** Hexadecimal of bytes. */
export function toHex(bytes: Uint8Array): Hex {
  let text = "0x";
  for (let i = 0; i < bytes.length; i++) text += DIGITS[bytes[i]!]!;
  return text as Hex;
}

/** Hexadecimal of the 32 bytes at `offset`. */
export function hashAt(bytes: Uint8Array, offset: number): Hash {
  return toHex(bytes.subarray(offset, offset + 32)) as Hash;
}

/** @throws MalformedError when `hex` is not 0x and pairs of hexadecimal digits. */
export function fromHex(hex: string, what = "hex"): Uint8Array {
  if (!HEX.test(hex)) throw new MalformedError(what, hex, "0x and pairs of hexadecimal digits");
  const bytes = new Uint8Array((hex.length - 2) / 2);
  writeHex(bytes, 0, hex);
  return bytes;
}

/** Writes an already validated {@link Hash}, {@link Address} or {@link Hex}. */
export function writeHex(target: Uint8Array, offset: number, hex: string): void {
  for (let i = 2; i < hex.length; i += 2) {
    target[offset++] = (nibble(hex.charCodeAt(i)) << 4) | nibble(hex.charCodeAt(i + 1));
  }
}

function nibble(code: number): number {
  return code <= 57 ? code - 48 : (code | 32) - 87;
}
