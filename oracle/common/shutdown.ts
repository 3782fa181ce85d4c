import { messageOf, OpenLedgerError } from "./errors.ts";

export interface Shutdown {
  /**
   * Registers what has to be closed; closers run in reverse order of registration. What is opened after closing has begun is
   * closed at once.
   */
  onClose(name: string, close: () => Promise<void> | void): void;
  /** Closes everything once; later calls wait for the first. */
  close(): Promise<void>;
  /** Aborted as soon as closing begins. */
  readonly signal: AbortSignal;
}

/**
 * Collects what a process has opened and closes it in reverse order. A closer that fails does not keep the others from
 * running; the failures are reported through `onProblem`.
 */
export function createShutdown(onProblem: (problem: string) => void = () => {}): Shutdown {
  const closers: { name: string; close: () => Promise<void> | void }[] = [];
  const controller = new AbortController();
  let closing: Promise<void> | undefined;

  async function closeAll(): Promise<void> {
    for (let next = closers.pop(); next !== undefined; next = closers.pop()) {
      try {
        await next.close();
      } catch (error) {
        onProblem(`closing ${next.name}: ${messageOf(error)}`);
      }
    }
  }

  return {
    onClose: (name, close) => {
      closers.push({ name, close });
      closing = closing?.then(closeAll);
    },
    close: () => {
      controller.abort();
      return (closing ??= closeAll());
    },
    signal: controller.signal,
  };
}

/** A wrapper that passes Ctrl-C on makes two signals of one within this time, in milliseconds. */
const SAME_REQUEST_MS = 1_000;

/** The signals that ask a process to end: a closed terminal, Ctrl-C, and what `kill` and service managers send. */
const TERMINATION = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;
type TerminationSignal = keyof typeof TERMINATION;

/**
 * Resolves with the signal's name when the process is asked to end. Asked again later, the process ends at once with the
 * conventional status 128 + number.
 */
export function terminationRequested(): Promise<TerminationSignal> {
  let first: number | undefined;
  return new Promise((resolve) => {
    for (const [name, number] of Object.entries(TERMINATION) as [TerminationSignal, number][]) {
      process.on(name, () => {
        first ??= Date.now();
        if (Date.now() - first > SAME_REQUEST_MS) process.exit(128 + number);
        resolve(name);
      });
    }
  });
}

/** The process was asked to end before its work was done; the status is the conventional 128 + number of the signal. */
export class InterruptedError extends OpenLedgerError {
  override readonly exitCode: number;

  constructor(signal: TerminationSignal) {
    super(`stopped by ${signal}`);
    this.exitCode = 128 + TERMINATION[signal];
  }
}
