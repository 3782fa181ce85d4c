/** When a contribution is harmful: what governance decides of it. */
export interface HarmRule {
  /** Harmful rows support their labels by less than this share of what is expected, in 1/10,000. */
  readonly toleranceBps: number;
  /** Judges, each of whom leaves one of as many parts of the quality set out; all of them have to agree. */
  readonly judges: number;
  /** A contribution with fewer judged rows is never harmful. */
  readonly fewestRows: number;
}

/** The rule that the figures of docs/attacks.md were measured by. */
export const MEASURED_HARM_RULE: HarmRule = { toleranceBps: 2_000, judges: 5, fewestRows: 5 };
