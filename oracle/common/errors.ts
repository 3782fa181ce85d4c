import { inspect } from "node:util";
import { printable, printableLines } from "./printable.ts";

/** What every error of the oracle and of the command line carries, so that a person knows what to do next. */
export interface ErrorDetails {
  /** The value that was refused, as the person wrote it or as the chain returned it. Never a secret. */
  readonly value?: unknown;
  /** What would have been accepted. */
  readonly limit?: string;
  /** What to do about it. */
  readonly remedy?: string;
  /** Whether the same call can succeed later without a change: such jobs are tried again. */
  readonly retryable?: boolean;
  readonly cause?: unknown;
}

/** Base of all typed errors. `exitCode` is what the command line returns (sysexits.h numbers). */
export class OpenLedgerError extends Error {
  readonly value: unknown;
  readonly limit: string | undefined;
  readonly remedy: string | undefined;
  readonly retryable: boolean;
  readonly exitCode: number = 1;

  constructor(problem: string, details: ErrorDetails = {}) {
    super(problem, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.value = details.value;
    this.limit = details.limit;
    this.remedy = details.remedy;
    this.retryable = details.retryable ?? false;
  }

  /** The problem, value, limit and remedy on their own lines, printable. Further lines of a problem begin with a bar. */
  describe(): string {
    const lines = [printableProblem(this.message)];
    if (this.value !== undefined) lines.push(`  value:  ${shortened(this.value)}`);
    if (this.limit !== undefined) lines.push(`  limit:  ${printable(this.limit)}`);
    if (this.remedy !== undefined) lines.push(`  remedy: ${printable(this.remedy)}`);
    return lines.join("\n");
  }
}

/** Something a person typed, configured or put into a file is not usable. */
export class InputError extends OpenLedgerError {
  override readonly exitCode = 64;
}

/** What is asked for must be paid, and the payment is missing or is not what it must be. */
export class PaymentError extends InputError {}

/** What was sent is at odds with what was sent before under the same id. */
export class ConflictError extends InputError {}

/** A file, a byte string or a document does not have the hash or the form it must have. */
export class ContentError extends OpenLedgerError {
  override readonly exitCode = 65;
}

/** What was asked for does not exist; the remedy says where to look for what does. */
export class NotFoundError extends OpenLedgerError {
  override readonly exitCode = 66;
}

/** The chain or one of its nodes refused, is another chain, or cannot be reached. */
export class ChainError extends OpenLedgerError {
  override readonly exitCode = 69;
}

/** This machine lacks memory, or a part of the build, that the work takes. */
export class MachineError extends OpenLedgerError {
  override readonly exitCode = 71;
}

/** A peer's or a publisher's result differs from what this process computed itself. */
export class DisagreementError extends OpenLedgerError {
  override readonly exitCode = 76;
}

/** A key, a password or a right is missing or wrong. */
export class AccessError extends OpenLedgerError {
  override readonly exitCode = 77;
}

/** What is waited for is not there yet; the stage is run again. */
export class NotYetError extends OpenLedgerError {
  override readonly exitCode = 75;

  constructor(problem: string, details: Omit<ErrorDetails, "retryable"> = {}) {
    super(problem, { ...details, retryable: true });
  }
}

/** Whether the same thing may succeed when it is tried again. */
export function isRetryable(error: unknown): boolean {
  return error instanceof OpenLedgerError && error.retryable;
}

/** One line for any thrown value. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : typeof error === "string" ? error : inspect(error);
}

/** A message as it may be shown: what a stranger put into it cannot pass for a line of this program. */
export function printableProblem(message: string): string {
  return printableLines(message).replaceAll("\n", "\n  | ");
}

function shortened(value: unknown): string {
  const text = printable(
    typeof value === "string" || typeof value === "bigint"
      ? `${value}`
      : JSON.stringify(value, (_, v: unknown) => (typeof v === "bigint" ? `${v}` : v)),
  );
  return text.length > 200 ? `${text.slice(0, 200)}… (${text.length} characters)` : text;
}
