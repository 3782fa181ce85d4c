/** Answers in a row after which a request covers twice as many blocks again. */
const STREAK = 8;

/** How many blocks a request for logs covers: half as many after a refusal, more again after a row of answers. */
export interface Span {
  readonly blocks: number;
  answered(): void;
  /** @param covered blocks of the request that was refused */
  refused(covered: number): void;
}

/** @param most blocks of a request that nobody has refused */
export function createSpan(most: number): Span {
  let blocks = most;
  let streak = 0;
  return {
    get blocks() {
      return blocks;
    },
    answered: () => {
      if (++streak < STREAK) return;
      streak = 0;
      blocks = Math.min(most, blocks * 2);
    },
    refused: (covered) => {
      streak = 0;
      blocks = Math.max(1, Math.floor(covered / 2));
    },
  };
}
