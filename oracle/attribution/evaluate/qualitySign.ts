import { FOLDS, harmDown } from "@openledger/protocol/score/harm.ts";
import { randomStream } from "../../numerics/random.ts";
import { foldsOf } from "../qualityFolds.ts";
import type { Contributions } from "./contributions.ts";
import { sumByContributor } from "./contributions.ts";
import type { Interval } from "./statistics.ts";
import { bootstrap } from "./statistics.ts";

/** Contributors whose data are right, whatever they specialise in. */
const RIGHT = new Set(["mixed", "honest", "specialist"]);
/** Contributors with wrong labels only. */
const WRONG = new Set(["mislabel-100"]);
const RESAMPLES = 200;
/** Bond of each contribution, in wei, and the scale at which qualities become integers. */
const BOND = 10n ** 18n;
const QUALITY_SCALE = 2 ** 40;

/** What the quality functional says about each contributor, and what the chain would charge. */
export interface QualityVerdict {
  /** Class-balanced influence of each contributor on the quality rows per registered example, relative to the largest in size. */
  readonly perRow: readonly number[];
  /** Share of the right contributors' contributions that are charged something. */
  readonly rightCharged: Interval;
  /** Share of the bonds of those with wrong labels only that is charged; 0 where there is none. */
  readonly wrongCharged: Interval;
}

/**
 * Sums influence over the quality rows, every class with the same weight, and charges the harm of each contribution as the protocol does. The
 * intervals are over quality rows.
 *
 * @param influence quality rows x contributions
 */
export function qualityVerdict(contributions: Contributions, influence: Float32Array, seed: number): QualityVerdict {
  const { contributors, contributorOf, examples, quality } = contributions;
  const totals = sumByContributor(contributions, qualityTotals(contributions, influence));
  const registered = sumByContributor(contributions, examples);
  const largest = largestOf(totals);

  const interval = (behaviours: ReadonlySet<string>, measure: (bonds: readonly bigint[]) => number): Interval => {
    const members = [...contributorOf.keys()].filter((c) => behaviours.has(contributors[contributorOf[c]!]!.behaviour));
    const random = randomStream(seed, 7);
    const statistic = (rows: Int32Array): number => {
      const drawn = Int32Array.from(rows, (row) => quality.labels[row]!);
      const foldOf = foldsOf(drawn);
      const totalsOf = (fold?: number) =>
        classBalancedTotals(
          influence,
          quality.labels,
          rows.filter((_, place) => fold === undefined || foldOf[place] === fold),
          contributorOf.length,
        );
      const charged = chargedBonds(
        totalsOf(),
        Array.from({ length: FOLDS }, (_, fold) => totalsOf(fold)),
        examples,
      );
      return measure(members.map((c) => charged[c]!));
    };
    return bootstrap(quality.labels.length, statistic, () => random.uniform(), RESAMPLES);
  };
  return {
    perRow: Array.from(totals, (value, c) => value / largest / registered[c]!),
    rightCharged: interval(RIGHT, (bonds) =>
      bonds.length === 0 ? 0 : bonds.filter((bond) => bond > 0n).length / bonds.length,
    ),
    wrongCharged: interval(WRONG, (bonds) =>
      bonds.length === 0
        ? 0
        : Number(bonds.reduce((sum, bond) => sum + bond, 0n)) / Number(BOND * BigInt(bonds.length)),
    ),
  };
}

/** What the quality functional says of each contribution. @param influence quality rows x contributions */
export function qualityTotals(
  { quality, contributorOf }: Pick<Contributions, "quality" | "contributorOf">,
  influence: Float32Array,
): Float64Array {
  return classBalancedTotals(influence, quality.labels, Int32Array.from(quality.labels.keys()), contributorOf.length);
}

/** Σ influence / (rows of the class) over some quality rows, per contribution. */
function classBalancedTotals(
  influence: Float32Array,
  labels: Int32Array,
  rows: Int32Array,
  contributions: number,
): Float64Array {
  const perClass = new Map<number, number>();
  for (const q of rows) perClass.set(labels[q]!, (perClass.get(labels[q]!) ?? 0) + 1);
  const totals = new Float64Array(contributions);
  for (const q of rows) {
    const weight = 1 / perClass.get(labels[q]!)!;
    for (let c = 0; c < contributions; c++) totals[c]! += weight * influence[q * contributions + c]!;
  }
  return totals;
}

/** What each contribution's bond is charged. */
function chargedBonds(totals: Float64Array, byFold: readonly Float64Array[], examples: Int32Array): bigint[] {
  const largest = largestOf(totals);
  const integersOf = (values: Float64Array) =>
    Array.from(values, (value) => BigInt(Math.round((value / largest) * QUALITY_SCALE)));
  const integers = integersOf(totals);
  const folds = byFold.map(integersOf);
  const lanes = { positiveQuality: 0n, examples: 0n };
  for (const [c, value] of integers.entries()) {
    if (value <= 0n) continue;
    lanes.positiveQuality += value;
    lanes.examples += BigInt(examples[c]!);
  }
  return integers.map((quality, c) => {
    const foldQualities = folds.map((fold) => fold[c]!);
    return harmDown({ quality, foldQualities, examples: examples[c]!, bond: BOND }, lanes);
  });
}

function largestOf(values: Float64Array): number {
  return values.reduce((top, value) => Math.max(top, Math.abs(value)), 0);
}
