import { createHash } from "node:crypto";
import type { Example } from "./example.ts";
import type { BadRow } from "./files/rows.ts";

/** A labelled data set, split for training and judging. Every array is in a fixed order. */
export interface Dataset {
  readonly name: string;
  readonly kind: Example["kind"];
  readonly train: readonly Example[];
  /** Rows set aside to judge data by, never trained on. Empty where the source has none. */
  readonly quality: readonly Example[];
  readonly test: readonly Example[];
  /** Rows of the same form that belong to none of the labels. Empty where the source has none. */
  readonly offDomain: readonly Example[];
  /** Every label of train, quality and test, ascending by code units; a label's class index is its position. */
  readonly labels: readonly string[];
  /** SPDX identifier, or the words of the source. */
  readonly licence: string;
  readonly source: string;
  /** Rows that were left out (only with `skipBad`). */
  readonly badRows: readonly BadRow[];
}

/** Labels of the examples, each once, ascending by UTF-16 code units (the order of `Array.prototype.sort`). */
export function labelsOf(examples: readonly Example[]): string[] {
  return [...new Set(examples.map((example) => example.label))].sort();
}

/**
 * Splits by a hash of a key, so that rows with equal keys land on the same side and adding rows moves no other row.
 *
 * @param testShare share of the keys that go to test, in 256ths.
 */
export function splitByKey<T>(
  rows: readonly T[],
  keyOf: (row: T) => string,
  testShare: number,
): { train: T[]; test: T[] } {
  const train: T[] = [];
  const test: T[] = [];
  for (const row of rows) {
    const firstByte = createHash("sha256").update(keyOf(row)).digest()[0]!;
    (firstByte < testShare ? test : train).push(row);
  }
  return { train, test };
}

/** At most `limit` rows, evenly spaced over the whole, in order: every region of a sorted file stays represented. */
export function thinned<T>(rows: readonly T[], limit: number): readonly T[] {
  if (rows.length <= limit) return rows;
  return Array.from({ length: limit }, (_, i) => rows[Math.floor((i * rows.length) / limit)]!);
}
