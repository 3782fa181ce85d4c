/** The longest time between two plans on a chain that stands still, in milliseconds: pauses end without a block. */
export const PLAN_AGE_MS = 60_000;
/** Of blocks without events every so many are planned on, and each that is so many seconds later: windows end with time. */
const QUIET_BLOCKS = 6;
const QUIET_SECONDS = 12;

/** What a look at the chain has found. */
export interface Seen {
  /** Other events give another text. */
  readonly events: string;
  readonly block: string | undefined;
  /** Of the block, in seconds since 1970. */
  readonly time: number;
}

/** Says when to plan: a plan reads all that is known, and most blocks change nothing in it. */
export interface PlanTimes {
  /** Whether to plan on what was seen now; if so, this counts as planned on. */
  isDue(seen: Seen): boolean;
  /** Something else has changed: the next look is planned on. */
  forget(): void;
}

/** @param clock milliseconds since 1970 */
export function createPlanTimes(longestMs = PLAN_AGE_MS, clock: () => number = Date.now): PlanTimes {
  let planned: (Seen & { readonly at: number }) | undefined;
  let last: string | undefined;
  let blocks = 0;

  function isDue({ events, time }: Seen): boolean {
    if (planned === undefined || events !== planned.events || clock() >= planned.at + longestMs) return true;
    return blocks >= QUIET_BLOCKS || time >= planned.time + QUIET_SECONDS;
  }

  return {
    isDue: (seen) => {
      if (seen.block !== last) blocks++;
      last = seen.block;
      if (!isDue(seen)) return false;
      planned = { ...seen, at: clock() };
      blocks = 0;
      return true;
    },
    forget: () => (planned = undefined),
  };
}
