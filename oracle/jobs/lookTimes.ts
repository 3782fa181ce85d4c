/** Looks in a row that bring nothing before they become rarer, and by how much. */
const QUIET_LOOKS = 15;
const RARER = 4;

/** Says how long to rest between two looks at the chain: most of the time there is nothing to see. */
export interface LookTimes {
  /** @param broughtSomething an event, or work that can be done */
  afterLook(broughtSomething: boolean): void;
  /** Something was done here, which shows in the next blocks. */
  forget(): void;
  /** Milliseconds to the next look. */
  rest(): number;
}

/** @param intervalMs rest while there is something to see */
export function createLookTimes(intervalMs: number): LookTimes {
  let quiet = 0;
  return {
    afterLook: (broughtSomething) => (quiet = broughtSomething ? 0 : quiet + 1),
    forget: () => (quiet = 0),
    rest: () => (quiet < QUIET_LOOKS ? intervalMs : intervalMs * RARER),
  };
}
