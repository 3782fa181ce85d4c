import { DataError } from "../errors.ts";

/** A row that was left out, and why. */
export interface BadRow {
  readonly file: string;
  /** 1-based line, or item in formats without lines. */
  readonly row: number;
  readonly message: string;
}

/** What a loader does with a bad row: stop (the default), or leave it out and list it in `bad`. */
export interface RowPolicy {
  readonly skipBad: boolean;
  readonly bad: BadRow[];
}

export function createRowPolicy(skipBad: boolean): RowPolicy {
  return { skipBad, bad: [] };
}

/**
 * The row that `make` returns, or undefined when it is bad and bad rows are skipped.
 *
 * @throws DataError of `make`, completed with file and row, when bad rows are not skipped.
 */
export function goodRow<T>(policy: RowPolicy, file: string, row: number, make: () => T): T | undefined {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    const located = new DataError(error.problem, { file, row });
    if (!policy.skipBad) throw located;
    policy.bad.push({ file, row, message: located.message });
    return undefined;
  }
}

export function malformedRow(value: string, limit: string, remedy: string): DataError {
  return new DataError({ code: "row-malformed", value, limit, remedy });
}
