import { setTimeout as sleep } from "node:timers/promises";

export interface RetryOptions {
  readonly attempts: number;
  /** Wait before the second attempt in milliseconds; doubles each time. */
  readonly firstDelayMs: number;
  readonly signal?: AbortSignal;
  readonly isRetryable: (error: unknown) => boolean;
}

/** Runs `work` until it succeeds, the error is final, or the attempts are used up; then throws the last error. */
export async function retry<T>(work: () => Promise<T>, options: RetryOptions): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt >= options.attempts || !options.isRetryable(error)) throw error;
      await sleep(options.firstDelayMs * 2 ** (attempt - 1), undefined, { signal: options.signal });
    }
  }
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
