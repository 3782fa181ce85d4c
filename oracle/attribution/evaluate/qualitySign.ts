import { harmDown } from "@openledger/protocol/score/harm.ts";
import type { Contributions } from "./contributions.ts";

/** Contributors whose data are right, whatever they specialise in. */
const RIGHT = new Set(["mixed", "honest", "specialist"]);
/** Bond of each contribution, in wei, and the scale at which qualities become integers. */
const BOND = 10n ** 18n;
const QUALITY_SCALE = 2 ** 40;

/** What the quality functional says about each contributor, and what the chain would charge. */
export interface QualityVerdict {
  /** Class-balanced influence on the quality rows per training row, relative to the largest in size. */
  readonly perRow: Float64Array;
  /** Right contributors who are charged. */
  readonly rightCharged: number;
  /** Share of the bonds of those with wrong labels only that is charged. */
  readonly wrongCharged: number;
}

/**
 * Sums influence over the quality rows, every class with the same weight, and charges harm as the protocol does.
 *
 * @param influence quality rows x contributors
 * @param harmTauBps tolerated harm per example, in 1/10,000 of the mean gain per example
 */
export function qualityVerdict(
  contributions: Contributions,
  influence: Float32Array,
  harmTauBps: bigint,
): QualityVerdict {
  const { contributors, contributorOfRow, quality } = contributions;
  const count = contributors.length;
  const perClass = new Map<number, number>();
  for (const label of quality.labels) perClass.set(label, (perClass.get(label) ?? 0) + 1);
  const totals = new Float64Array(count);
  for (const [q, label] of quality.labels.entries()) {
    for (let c = 0; c < count; c++) totals[c]! += influence[q * count + c]! / perClass.get(label)!;
  }
  const examples = new Int32Array(count);
  for (const c of contributorOfRow) examples[c]!++;
  const largest = totals.reduce((top, value) => Math.max(top, Math.abs(value)), 0);
  const integers = Array.from(totals, (value) => BigInt(Math.round((value / largest) * QUALITY_SCALE)));
  const lanes = { positiveQuality: 0n, examples: 0n };
  for (const [c, value] of integers.entries()) {
    if (value <= 0n) continue;
    lanes.positiveQuality += value;
    lanes.examples += BigInt(examples[c]!);
  }
  const charged = integers.map((value, c) =>
    harmDown({ quality: value, examples: examples[c]!, bond: BOND }, lanes, harmTauBps),
  );
  const wrong = contributors.flatMap(({ behaviour }, c) => (behaviour === "mislabel-100" ? [charged[c]!] : []));
  const total = wrong.reduce((sum, value) => sum + value, 0n);
  return {
    perRow: totals.map((value, c) => value / largest / examples[c]!),
    rightCharged: contributors.filter(({ behaviour }, c) => RIGHT.has(behaviour) && charged[c]! > 0n).length,
    wrongCharged: wrong.length === 0 ? 0 : Number(total) / Number(BOND * BigInt(wrong.length)),
  };
}
