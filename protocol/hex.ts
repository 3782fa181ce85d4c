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

const DIGITS = Array.from("0123456789abcdef", (digit) => digit.charCodeAt(0));
/** Arguments that a call takes safely in every engine. */
const CHUNK = 4096;

/** Hexadecimal of bytes. */
export function toHex(bytes: Uint8Array): Hex {
  // Joining digit by digit would leave a tree of fragments in memory, many times the size of the text.
  let text = "0x";
  for (let start = 0; start < bytes.length; start += CHUNK / 2) {
    const end = Math.min(start + CHUNK / 2, bytes.length);
    const codes = new Array<number>(2 * (end - start));
    for (let i = start, to = 0; i < end; i++) {
      codes[to++] = DIGITS[bytes[i]! >> 4]!;
      codes[to++] = DIGITS[bytes[i]! & 15]!;
    }
    text += String.fromCharCode(...codes);
  }
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
    target[offset++] = (NIBBLES[hex.charCodeAt(i)]! << 4) | NIBBLES[hex.charCodeAt(i + 1)]!;
  }
}

/** Value of a hexadecimal digit, by its character code. */
const NIBBLES = Uint8Array.from({ length: 128 }, (_, code) => Number.parseInt(String.fromCharCode(code), 16) || 0);
