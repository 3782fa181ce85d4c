import { messageOf } from "./errors.ts";

export interface Shutdown {
  /** Registers what has to be closed; closers run in reverse order of registration. */
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
    controller.abort();
    for (let next = closers.pop(); next !== undefined; next = closers.pop()) {
      try {
        await next.close();
      } catch (error) {
        onProblem(`closing ${next.name}: ${messageOf(error)}`);
      }
    }
  }

  return {
    onClose: (name, close) => void closers.push({ name, close }),
    close: () => (closing ??= closeAll()),
    signal: controller.signal,
  };
}

/** A wrapper that passes Ctrl-C on makes two signals of one within this time, in milliseconds. */
const SAME_REQUEST_MS = 1_000;

/**
 * Resolves with the signal's name when the process is asked to end. Asked again later, the process ends at once with the
 * conventional status 128 + number.
 */
export function terminationRequested(): Promise<"SIGINT" | "SIGTERM"> {
  let first: number | undefined;
  return new Promise((resolve) => {
    for (const [name, number] of [
      ["SIGINT", 2],
      ["SIGTERM", 15],
    ] as const) {
      process.on(name, () => {
        first ??= Date.now();
        if (Date.now() - first > SAME_REQUEST_MS) process.exit(128 + number);
        resolve(name);
      });
    }
  });
}
