import { OutOfRangeError } from "../errors.ts";
import { type IndexLanes } from "../trees/indexTree.ts";
import { BPS } from "../units.ts";

/** A contribution's side of the harm test. */
export interface HarmFacts {
  readonly quality: bigint;
  readonly examples: number;
  /** Wei. */
  readonly bond: bigint;
}

/**
 * Whether a contribution harms the model enough to be charged: its quality per example is below −τ times the mean positive
 * quality per example of the version.
 */
export function isChargeable(facts: HarmFacts, index: IndexLanes, harmTauBps: bigint): boolean {
  return -facts.quality * index.examples * BPS > harmTauBps * index.positiveQuality * BigInt(facts.examples);
}

/**
 * What the harm of a chargeable contribution costs, rounded down: the bond in proportion to the harm, all of it from the
 * point where the data harms as much as the average helps.
 *
 * @throws OutOfRangeError for a contribution that is not chargeable, or has no examples.
 */
export function harmOf(facts: HarmFacts, index: IndexLanes): bigint {
  const scale = index.positiveQuality * BigInt(facts.examples);
  if (facts.quality >= 0n || scale === 0n) {
    throw new OutOfRangeError(
      "quality · examples",
      facts.quality * BigInt(facts.examples),
      "negative in a version of positive quality",
    );
  }
  const harm = (facts.bond * -facts.quality * index.examples) / scale;
  return harm < facts.bond ? harm : facts.bond;
}
