/** One thing that was read from the chain and what it has to be. */
export interface Finding {
  /** Such as `StakeManager.isSlasher(0, 0x…)`. */
  readonly what: string;
  readonly expected: string;
  readonly found: string;
  readonly holds: boolean;
}
