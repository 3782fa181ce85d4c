import type { IndexLanes } from "../trees/indexTree.ts";
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
 * What harm costs, rounded down: nothing within the tolerance, else the bond in proportion to the harm, all of it from the
 * point where the data harms as much as the average helps.
 */
export function harmDown(facts: HarmFacts, index: IndexLanes, harmTauBps: bigint): bigint {
  if (!isChargeable(facts, index, harmTauBps)) return 0n;
  const loss = -facts.quality * index.examples;
  const gain = index.positiveQuality * BigInt(facts.examples);
  return loss >= gain ? facts.bond : (facts.bond * loss) / gain;
}
