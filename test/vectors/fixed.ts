import { asAddress, type Address, type Hash } from "@openledger/protocol/hex.ts";
import { keccakText } from "@openledger/protocol/keccak.ts";

/** Values that look random and never change: each is derived from its label. */
export const fixedHash = (label: string): Hash => keccakText(`openledger vectors: ${label}`);

export const fixedAddress = (label: string): Address => asAddress(`0x${fixedHash(label).slice(26)}`);

export const fixedUint = (label: string, bits: number): bigint => BigInt.asUintN(bits, BigInt(fixedHash(label)));

export const fixedInt = (label: string, bits: number): bigint => BigInt.asIntN(bits, BigInt(fixedHash(label)));

export const fixedInt16s = (label: string, length: number): Int16Array =>
  Int16Array.from({ length }, (_, i) => Number(fixedInt(`${label} ${i}`, 16)));

export const fixedInt8s = (label: string, length: number): Int8Array =>
  Int8Array.from({ length }, (_, i) => Number(fixedInt(`${label} ${i}`, 8)));
