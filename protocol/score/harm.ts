import { concatBytes } from "../bytes.ts";
import { fromHex, type Hash } from "../hex.ts";
import { keccak256 } from "../keccak.ts";
import type { IndexLanes } from "../trees/indexTree.ts";
import { BPS } from "../units.ts";
import { hashInt16 } from "./int16Vector.ts";

// The rule of charges, in one place; contracts/libraries/Harm.sol is the other.
/** Parts into which the rows of a quality set are divided. */
export const FOLDS = 5;
/** So many of them have to find a contribution harmful before its bond is charged. */
export const FOLDS_NEEDED = 5;
/** Harm per example that is tolerated, in basis points of what the average helpful example of the Datanet helps. */
export const HARM_TOLERANCE_BPS = 6_000n;

/** A contribution's side of the harm test. */
export interface HarmFacts {
  /** By the whole quality set of its Datanet. */
  readonly quality: bigint;
  /** By each of the set's folds. */
  readonly foldQualities: readonly bigint[];
  readonly examples: number;
  /** Wei. */
  readonly bond: bigint;
}

/** foldsHash of an index part: keccak-256 of the folds' hashes, one after the other. */
export function hashFolds(folds: readonly Int16Array[]): Hash {
  return keccak256(concatBytes(...folds.map((fold) => fromHex(hashInt16(fold)))));
}

/** Whether a quality is below −τ times the mean positive quality per example of the Datanet. */
export function isHarmful(
  quality: bigint,
  examples: number,
  { examples: helping, positiveQuality }: IndexLanes,
): boolean {
  return -quality * helping * BPS > HARM_TOLERANCE_BPS * positiveQuality * BigInt(examples);
}

/**
 * What harm costs, rounded down: nothing unless enough folds find it, else the bond in proportion to the harm by the whole
 * quality set, all of it from the point where the data harms as much as the average helps.
 */
export function harmDown(facts: HarmFacts, lanes: IndexLanes): bigint {
  const { quality, foldQualities, examples, bond } = facts;
  const harmful = foldQualities.filter((ofFold) => isHarmful(ofFold, examples, lanes));
  if (quality >= 0n || harmful.length < FOLDS_NEEDED) return 0n;
  const loss = -quality * lanes.examples;
  const gain = lanes.positiveQuality * BigInt(examples);
  return loss >= gain ? bond : (bond * loss) / gain;
}
