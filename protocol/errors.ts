/** Base of every error that this package throws. `code` is stable; the message tells value, limit and remedy. */
export class ProtocolError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = new.target.name;
    this.code = code;
  }
}

/** A value does not fit the type that the protocol gives it. */
export class OutOfRangeError extends ProtocolError {
  constructor(what: string, value: unknown, limit: string) {
    super("OUT_OF_RANGE", `${what} is ${String(value)}; it must be ${limit}.`);
  }
}

/** Text that is not what its type says: an address, a hash, hex, an amount. */
export class MalformedError extends ProtocolError {
  constructor(what: string, value: string | number, expected: string) {
    super("MALFORMED", `${what} is ${JSON.stringify(value)}; expected ${expected}.`);
  }
}

/** The sums of a tree exceed 256 bits. */
export class SumOverflowError extends ProtocolError {
  constructor(level: number, index: number) {
    super(
      "SUM_OVERFLOW",
      `The sum of node ${index} at level ${level} exceeds 2^256 − 1; the protocol knows no such tree.`,
    );
  }
}

/** Rows that must ascend strictly by their key do not. */
export class OrderError extends ProtocolError {
  constructor(what: string, index: number, key: string) {
    super(
      "ORDER",
      `${what} ${index} (${key}) does not come strictly after the one before it; sort and merge the rows.`,
    );
  }
}

/** A proof that does not have the shape of the tree it speaks of, or whose sums do not add up. */
export class ProofError extends ProtocolError {
  constructor(problem: string) {
    super("PROOF", problem);
  }
}
