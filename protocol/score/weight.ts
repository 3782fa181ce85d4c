import { OutOfRangeError } from "../errors.ts";

/** What the weight of a contribution depends on. */
export interface WeightFacts {
  readonly examples: number;
  readonly quality: bigint;
  readonly score: bigint;
  /** Accepted and not revoked with effect in the epoch. */
  readonly accrues: boolean;
}

/** The weights of a pool, and whether they are the fallback. */
export interface Weights {
  readonly weights: readonly bigint[];
  /** Sum of the weights. */
  readonly total: bigint;
  readonly fallbackSplit: boolean;
}

/** Share of a contribution by influence: its positive score, unless its quality says that it harms the model. */
export function influenceWeight(facts: WeightFacts): bigint {
  return facts.accrues && facts.quality >= 0n && facts.score > 0n ? facts.score : 0n;
}

/** Share of a contribution where influence cannot be trusted: its examples. */
export function fallbackWeight(facts: WeightFacts): bigint {
  return facts.accrues ? BigInt(facts.examples) : 0n;
}

/**
 * The weights of a pool (docs/protocol.md §3): by influence; by examples where the version's certificate was below the floor
 * when its index was attested, or nothing has influence; by the examples of every leaf where everything is revoked.
 *
 * @throws OutOfRangeError when not a single example could be paid.
 */
export function weightsOf(facts: readonly WeightFacts[], splitsByExamples: boolean): Weights {
  const choices = [
    { fallbackSplit: false, weigh: influenceWeight, allowed: !splitsByExamples },
    { fallbackSplit: true, weigh: fallbackWeight, allowed: true },
    { fallbackSplit: true, weigh: (fact: WeightFacts) => BigInt(fact.examples), allowed: true },
  ];
  for (const { fallbackSplit, weigh, allowed } of choices) {
    const weights = allowed ? facts.map(weigh) : [];
    const total = weights.reduce((sum, weight) => sum + weight, 0n);
    if (total > 0n) return { weights, total, fallbackSplit };
  }
  throw new OutOfRangeError("examples of the index", 0, "at least 1: a pool needs somebody to be paid to");
}
