import { setTimeout as sleep } from "node:timers/promises";
import pRetry from "p-retry";

export interface RetryOptions {
  readonly attempts: number;
  /** Wait before the second attempt in milliseconds; doubles each time, and up to as much again is added at random. */
  readonly firstDelayMs: number;
  /** Longest wait in milliseconds. */
  readonly maxDelayMs?: number;
  readonly signal?: AbortSignal;
  readonly isRetryable: (error: unknown) => boolean;
}

/** Runs `work` until it succeeds, the error is final, or the attempts are used up; then throws the last error. */
export function retry<T>(work: (attempt: number) => Promise<T>, options: RetryOptions): Promise<T> {
  return pRetry(work, {
    retries: options.attempts - 1,
    minTimeout: options.firstDelayMs,
    maxTimeout: options.maxDelayMs ?? Infinity,
    // many processes that lost the same server must not come back at the same moment
    randomize: true,
    shouldRetry: ({ error }) => options.isRetryable(error),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
}

/** Asks `ready` every `intervalMs` until it returns something other than undefined, or the signal aborts. */
export async function poll<T>(
  ready: () => Promise<T | undefined>,
  { intervalMs, signal }: { readonly intervalMs: number; readonly signal?: AbortSignal },
): Promise<T> {
  for (;;) {
    const result = await ready();
    if (result !== undefined) return result;
    await sleep(intervalMs, undefined, { signal });
  }
}
