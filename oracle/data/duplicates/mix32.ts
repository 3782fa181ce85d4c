/** MurmurHash3's 32-bit finalizer (Appleby 2011): a bijection that spreads every input bit over all output bits. */
export function mix32(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** Golden-ratio step between the fixed seeds of a family of hash functions. */
const SEED_STEP = 0x9e3779b9;

/** The i-th of a fixed family of unrelated 32-bit constants. */
export function fixedSeed(i: number): number {
  return mix32(Math.imul(i + 1, SEED_STEP));
}

/** A bucket key of several 32-bit hashes: a 53-bit integer. */
export function bucketKey(hashes: Uint32Array, from: number, to: number): number {
  let low = fixedSeed(0);
  let high = fixedSeed(1);
  for (let i = from; i < to; i++) {
    low = mix32(low ^ hashes[i]!);
    high = mix32(Math.imul(high, 31) + hashes[i]!);
  }
  return (high >>> 11) * 2 ** 32 + low;
}
