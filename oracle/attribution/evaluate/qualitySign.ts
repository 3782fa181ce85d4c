import { randomStream } from "../../numerics/random.ts";
import { harmfulContributions } from "../judge/harmfulContributions.ts";
import { MEASURED_HARM_RULE } from "../judge/harmRule.ts";
import { RIGHT, WRONG } from "./chargedBehaviours.ts";
import type { Contributions } from "./contributions.ts";
import { sumByContributor } from "./contributions.ts";
import type { Interval } from "./statistics.ts";
import { bootstrap, mean } from "./statistics.ts";

const RESAMPLES = 200;

/** What the quality set says about each contributor, and what the chain would charge. */
export interface QualityVerdict {
  /** Class-balanced influence of each contributor on the quality rows per registered example, relative to the largest in size. */
  readonly perRow: readonly number[];
  /** Share of the right contributors' contributions that are charged. */
  readonly rightCharged: Interval;
  /** Share of the bonds of those with wrong labels only that is charged, each contribution's being the same; 0 where there is none. */
  readonly wrongCharged: Interval;
}

/**
 * Sums influence over the quality rows, every class with the same weight, and charges contributions as the protocol does. The
 * intervals are over contributions.
 *
 * @param influence quality rows x contributions
 */
export function qualityVerdict(contributions: Contributions, influence: Float32Array, seed: number): QualityVerdict {
  const { contributors, contributorOf, contributionOfRow, examples, quality, training: rows } = contributions;
  const totals = sumByContributor(contributions, qualityTotals(contributions, influence));
  const registered = sumByContributor(contributions, examples);
  const largest = totals.reduce((top, value) => Math.max(top, Math.abs(value)), 0);
  const harmful = new Set(
    harmfulContributions(quality, { rows, contributionOfRow, contributions: contributorOf.length }, MEASURED_HARM_RULE),
  );
  const charged = (behaviours: ReadonlySet<string>): Interval => {
    const members = [...contributorOf.keys()].filter((c) => behaviours.has(contributors[contributorOf[c]!]!.behaviour));
    if (members.length === 0) return { estimate: 0, low: 0, high: 0 };
    const random = randomStream(seed, 7);
    const shareOf = (drawn: Int32Array) => mean(drawn.map((m) => Number(harmful.has(members[m]!))));
    return bootstrap(members.length, shareOf, () => random.uniform(), RESAMPLES);
  };
  return {
    perRow: Array.from(totals, (value, c) => value / largest / registered[c]!),
    rightCharged: charged(RIGHT),
    wrongCharged: charged(WRONG),
  };
}

/** What the quality functional says of each contribution: Σ influence / (quality rows of the class). @param influence quality rows x contributions */
export function qualityTotals(
  { quality, contributorOf }: Pick<Contributions, "quality" | "contributorOf">,
  influence: Float32Array,
): Float64Array {
  const perClass = new Map<number, number>();
  for (const label of quality.labels) perClass.set(label, (perClass.get(label) ?? 0) + 1);
  const contributions = contributorOf.length;
  const totals = new Float64Array(contributions);
  for (const [q, label] of quality.labels.entries()) {
    const weight = 1 / perClass.get(label)!;
    for (let c = 0; c < contributions; c++) totals[c]! += weight * influence[q * contributions + c]!;
  }
  return totals;
}
