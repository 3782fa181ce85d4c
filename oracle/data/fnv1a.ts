/** FNV-1a, 32 bit (Fowler, Noll, Vo): what a hash begins with. */
export const FNV_OFFSET_BASIS = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** The hash with one more byte. */
export function fnv1aByte(hash: number, byte: number): number {
  return Math.imul(hash ^ byte, FNV_PRIME);
}

/** The hash with the bytes from `start` to before `end`. */
export function fnv1a(hash: number, bytes: Uint8Array, start = 0, end = bytes.length): number {
  for (let i = start; i < end; i++) hash = fnv1aByte(hash, bytes[i]!);
  return hash;
}
