import type { Example } from "../example.ts";
import { createDuplicateIndex } from "./findDuplicates.ts";

/**
 * The positions of the contributed examples that a version is trained on, ascending: of examples that repeat each other the one that was registered
 * first. Repetitions of quality examples are left out however early they were registered: the quality data is public, and whoever trained on it
 * would be judged by what it copied.
 *
 * @param contributed in the order of registration
 */
export function trainingRows(contributed: readonly Example[], quality: readonly Example[]): number[] {
  const known = createDuplicateIndex();
  for (const example of quality) known.add(example);
  return [...contributed.keys()].filter((row) => known.add(contributed[row]!) === undefined);
}
