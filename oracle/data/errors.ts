import type { z } from "zod";
import { ContentError } from "../common/errors.ts";
import { printable } from "../common/printable.ts";

/** What went wrong with a piece of data, in the three parts every message has. */
export interface DataProblem {
  readonly code:
    | "example-invalid"
    | "row-malformed"
    | "file-empty"
    | "file-too-large"
    | "file-malformed"
    | "file-missing"
    | "folder-unknown"
    | "columns-unknown"
    | "option-invalid";
  /** The offending value, shortened. */
  readonly value: string;
  /** The rule that it breaks. */
  readonly limit: string;
  /** What to do about it. */
  readonly remedy: string;
}

/** Where a problem is: a file, and in it the 1-based line (item, in formats without lines). */
export interface DataPlace {
  readonly file: string;
  readonly row?: number;
}

/** Data that cannot be used as it is. Never retryable: the input has to change. */
export class DataError extends ContentError {
  readonly problem: DataProblem;
  readonly place: DataPlace | undefined;

  constructor(problem: DataProblem, place?: DataPlace) {
    super(`${prefixOf(place)}${problem.value}; ${problem.limit}; ${problem.remedy}`);
    this.problem = problem;
    this.place = place;
  }

  override describe(): string {
    const { value, limit, remedy } = this.problem;
    const [what, rule, advice] = [`${prefixOf(this.place)}${value}`, limit, remedy].map(printable);
    return `${what}\n  limit:  ${rule}\n  remedy: ${advice}`;
  }
}

function prefixOf(place: DataPlace | undefined): string {
  if (place === undefined) return "";
  return place.row === undefined ? `${place.file}: ` : `${place.file}:${place.row}: `;
}

/** What a schema found, in one line: "val: expected array, received undefined, …". */
export function mismatches(error: z.ZodError): string {
  return error.issues
    .map(({ path, message }) => `${path.join(".")}: ${message.replace(/^Invalid input: /u, "")}`)
    .join(", ");
}

/** A value as it may stand in an error message: JSON, at most 60 characters. */
export function shown(value: unknown): string {
  // JSON has no undefined.
  const text = value === undefined ? "undefined" : JSON.stringify(value);
  return text.length <= 60 ? text : `${text.slice(0, 57)}…`;
}
