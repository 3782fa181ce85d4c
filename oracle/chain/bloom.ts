import { getBytes, keccak256 } from "ethers";

const BLOOM = /^0x[0-9a-f]{512}$/iu;
/** Bits of a bloom, less one. */
const MASK = 2_047;

/** The bits that an address or a topic sets in the bloom of its block (yellow paper, 4.4.3). */
export function bloomBits(value: string): readonly number[] {
  const hash = getBytes(keccak256(value));
  return [0, 2, 4].map((i) => ((hash[i]! << 8) | hash[i + 1]!) & MASK);
}

export function isBloom(value: unknown): value is string {
  return typeof value === "string" && BLOOM.test(value);
}

/** Whether all of these bits are set. */
export function bloomHas(bloom: string, bits: readonly number[]): boolean {
  // bit 0 is the lowest of the last hexadecimal digit
  return bits.every((bit) => (Number.parseInt(bloom.at(-1 - (bit >> 2)), 16) >> (bit & 3)) & 1);
}
