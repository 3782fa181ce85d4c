import { mix32 } from "../duplicates/mix32.ts";
import type { Random } from "../scenario/random.ts";

/** Hashed counter as a source of numbers in [0, 1): equal seeds, equal numbers. */
export function counterRandom(seed: number): Random {
  let counter = 0;
  return () => mix32(mix32(seed) ^ mix32(counter++)) / 2 ** 32;
}
