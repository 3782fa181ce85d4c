/** Contributors whose data are right, whatever they specialise in. */
export const RIGHT: ReadonlySet<string> = new Set(["mixed", "honest", "specialist"]);
/** Contributors with wrong labels only. */
export const WRONG: ReadonlySet<string> = new Set(["mislabel-100"]);
