import { OutOfRangeError } from "./errors.ts";

/** 2^bits, computed once per width: codecs check every value that they write. */
const POWERS = Array.from({ length: 257 }, (_, bits) => 1n << BigInt(bits));

/** Throws {@link OutOfRangeError} unless 0 ≤ value < 2^bits, bits ≤ 256. */
export function checkUint(value: bigint, bits: number, what: string): bigint {
  if (value < 0n || value >= POWERS[bits]!) throw new OutOfRangeError(what, value, `a uint${bits}`);
  return value;
}

/** Throws {@link OutOfRangeError} unless −2^(bits−1) ≤ value < 2^(bits−1). */
export function checkInt(value: bigint, bits: number, what: string): bigint {
  if (BigInt.asIntN(bits, value) !== value) throw new OutOfRangeError(what, value, `an int${bits}`);
  return value;
}

/** Throws {@link OutOfRangeError} unless `value` is an integer in [low, high]. */
export function checkInteger(value: number, low: number, high: number, what: string): number {
  if (!Number.isInteger(value) || value < low || value > high) {
    throw new OutOfRangeError(what, value, `an integer from ${low} to ${high}`);
  }
  return value;
}

/** Writes `length` bytes, big-endian. Throws {@link OutOfRangeError} when the value needs more. */
export function writeUint(target: Uint8Array, offset: number, length: number, value: bigint, what: string): void {
  checkUint(value, length * 8, what);
  writeBits(target, offset, length, value);
}

/** Writes `length` bytes, big-endian two's complement. Throws {@link OutOfRangeError} when the value needs more. */
export function writeInt(target: Uint8Array, offset: number, length: number, value: bigint, what: string): void {
  checkInt(value, length * 8, what);
  writeBits(target, offset, length, value);
}

/** Reads `length` bytes, big-endian. */
export function readUint(source: Uint8Array, offset: number, length: number): bigint {
  let value = 0n;
  let at = 0;
  for (; at + 4 <= length; at += 4) value = (value << 32n) | BigInt(readUint32(source, offset + at));
  for (; at < length; at++) value = (value << 8n) | BigInt(source[offset + at]!);
  return value;
}

/** Reads `length` bytes, big-endian two's complement. */
export function readInt(source: Uint8Array, offset: number, length: number): bigint {
  return BigInt.asIntN(length * 8, readUint(source, offset, length));
}

export function readUint32(source: Uint8Array, offset: number): number {
  return (
    ((source[offset]! << 24) | (source[offset + 1]! << 16) | (source[offset + 2]! << 8) | source[offset + 3]!) >>> 0
  );
}

export function writeUint32(target: Uint8Array, offset: number, value: number): void {
  target[offset] = value >>> 24;
  target[offset + 1] = value >>> 16;
  target[offset + 2] = value >>> 8;
  target[offset + 3] = value;
}

export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

const word = new Uint8Array(8);
const wordView = new DataView(word.buffer);

/** Eight bytes at a time, lowest first. Two's complement makes this right for negative values too. */
function writeBits(target: Uint8Array, offset: number, length: number, value: bigint): void {
  let end = offset + length;
  for (let rest = value; end > offset; rest >>= 64n) {
    if (rest === 0n) {
      target.fill(0, offset, end);
      return;
    }
    wordView.setBigUint64(0, rest);
    for (let from = 7; from >= 0 && end > offset; from--) target[--end] = word[from]!;
  }
}
