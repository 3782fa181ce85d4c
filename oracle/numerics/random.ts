/**
 * Counter-based random numbers: Philox4x32-10 (Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3", SC11).
 * Every draw is a function of (seed, stream, position), so nothing depends on the order in which work is done.
 */
import { log } from "./elementary.ts";

const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
const WEYL_0 = 0x9e3779b9;
const WEYL_1 = 0xbb67ae85;

/** Upper 32 bits of the 64-bit product of two uint32. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  return aHigh * bHigh + Math.floor(middle / 65536) + ((((middle & 0xffff) + aLow * bHigh) / 65536) >>> 0);
}

/**
 * Ten rounds of Philox4x32.
 * @param counter four uint32 @param key two uint32 @param out receives four uint32
 */
export function philox(counter: readonly number[], key: readonly number[], out: Uint32Array): void {
  let [c0, c1, c2, c3] = [counter[0]! >>> 0, counter[1]! >>> 0, counter[2]! >>> 0, counter[3]! >>> 0];
  let [k0, k1] = [key[0]! >>> 0, key[1]! >>> 0];
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(MULTIPLIER_0, c0);
    const low0 = Math.imul(MULTIPLIER_0, c0) >>> 0;
    const high1 = multiplyHigh(MULTIPLIER_1, c2);
    const low1 = Math.imul(MULTIPLIER_1, c2) >>> 0;
    c0 = (high1 ^ c1 ^ k0) >>> 0;
    c1 = low1;
    c2 = (high0 ^ c3 ^ k1) >>> 0;
    c3 = low0;
    k0 = (k0 + WEYL_0) >>> 0;
    k1 = (k1 + WEYL_1) >>> 0;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}

/** A sequence of draws. */
export interface RandomStream {
  uint32(): number;
  /** Uniform in [0, 1), 53 bits. */
  uniform(): number;
  /** Standard normal (Marsaglia's polar method, with this package's own logarithm). */
  normal(): number;
  /** Uniform integer in [0, bound), without bias; 1 ≤ bound ≤ 2^32. */
  below(bound: number): number;
}

/**
 * The stream of a seed and up to three stream numbers (for example member, purpose, epoch); streams are disjoint, each of
 * 2^34 numbers.
 */
export function randomStream(seed: number, ...stream: readonly [number, number?, number?]): RandomStream {
  const block = new Uint32Array(4);
  const key = [seed, stream[0]];
  const counter = [0, 0, stream[1] ?? 0, stream[2] ?? 0];
  let used = 4;
  let spare: number | undefined;

  function uint32(): number {
    if (used === 4) {
      philox(counter, key, block);
      counter[0] = (counter[0]! + 1) >>> 0;
      used = 0;
    }
    return block[used++]!;
  }
  function uniform(): number {
    const high = uint32() >>> 5;
    const low = uint32() >>> 6;
    return (high * 67108864 + low) / 9007199254740992;
  }
  function normal(): number {
    if (spare !== undefined) {
      const value = spare;
      spare = undefined;
      return value;
    }
    for (;;) {
      const u = 2 * uniform() - 1;
      const v = 2 * uniform() - 1;
      const s = u * u + v * v;
      if (s >= 1 || s === 0) continue;
      const factor = Math.sqrt((-2 * log(s)) / s);
      spare = v * factor;
      return u * factor;
    }
  }
  function below(bound: number): number {
    const limit = Math.floor(4294967296 / bound) * bound;
    for (;;) {
      const value = uint32();
      if (value < limit) return value % bound;
    }
  }
  return { uint32, uniform, normal, below };
}

/** A uniformly random permutation of 0 … n-1 (Fisher–Yates, from the end). */
export function permutation(stream: RandomStream, n: number): Uint32Array {
  const order = Uint32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = stream.below(i + 1);
    const held = order[i]!;
    order[i] = order[j]!;
    order[j] = held;
  }
  return order;
}
