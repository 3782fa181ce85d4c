import { shinglesOf } from "../duplicates/minHash.ts";
import { normaliseText } from "../normaliseText.ts";

/** Share of the shorter text's shingles from which it is taken to be part of the longer. */
const PART = 0.7;

/** A text, ready to be compared with others. */
export type Outline = ReadonlySet<number>;

export function outlineOf(text: string): Outline {
  return new Set(shinglesOf(normaliseText(text)));
}

/** Whether one of the texts is in the main a part of the other, wherever they were cut. */
export function overlaps(a: Outline, b: Outline): boolean {
  const [few, many] = a.size <= b.size ? [a, b] : [b, a];
  let shared = 0;
  for (const shingle of few) if (many.has(shingle)) shared++;
  return shared >= PART * few.size;
}
