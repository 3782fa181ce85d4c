import { ChainError, messageOf } from "../common/errors.ts";
import { BatchRefused, readAnswers, type RpcAnswer, type RpcRequest, TransientFailure } from "./rpcAnswer.ts";

/** One JSON-RPC server. */
export interface Endpoint {
  /** Without path and query, which may hold a key. */
  readonly origin: string;
  /**
   * Asks once.
   *
   * @param alone in a post of its own, as after a batch that failed
   * @throws TransientFailure when there is no answer, AccessError or ChainError when there will be none
   */
  ask(method: string, params: readonly unknown[], alone: boolean): Promise<RpcAnswer>;
}

const TIMEOUT_MS = 30_000;
/** What is asked for within this time travels together, in milliseconds. */
const BATCH_STALL_MS = 1;
const LARGEST_BATCH = 100;
/** Posts at the same time; more only fill the server's queue. */
const LARGEST_CONCURRENCY = 16;

interface Waiting extends RpcRequest {
  readonly alone: boolean;
  readonly resolve: (answer: RpcAnswer) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * A server over HTTP. Requests made together travel as one batch; the batches shrink when the server refuses them, down
 * to single requests.
 *
 * @param signal ends what is under way
 */
export function createEndpoint(url: string, signal: AbortSignal): Endpoint {
  const { origin } = new URL(url);
  const queue: Waiting[] = [];
  let largestBatch = LARGEST_BATCH;
  let inFlight = 0;
  let timer: NodeJS.Timeout | undefined;
  let nextId = 1;

  function pump(): void {
    timer = undefined;
    while (queue.length > 0 && inFlight < LARGEST_CONCURRENCY) {
      inFlight++;
      void answer(nextBatch()).finally(() => {
        inFlight--;
        pump();
      });
    }
  }

  function nextBatch(): Waiting[] {
    const length = queue.slice(0, largestBatch).findIndex(({ alone }) => alone);
    if (length === 0) return queue.splice(0, 1);
    return queue.splice(0, length === -1 ? largestBatch : length);
  }

  async function answer(batch: readonly Waiting[]): Promise<void> {
    try {
      const answers = await post(batch);
      for (const [i, { resolve, reject }] of batch.entries()) {
        const outcome = answers[i]!;
        if (outcome instanceof TransientFailure) reject(outcome);
        else resolve(outcome);
      }
    } catch (error) {
      if (error instanceof BatchRefused) largestBatch = Math.max(1, Math.floor(batch.length / 2));
      for (const { reject } of batch) reject(error);
    }
  }

  async function post(batch: readonly Waiting[]): Promise<(RpcAnswer | TransientFailure)[]> {
    const calls = batch.map(({ id, method, params }) => ({ jsonrpc: "2.0", id, method, params }));
    let status: number;
    let body: string;
    try {
      const response = await fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json", accept: "application/json" },
        body: JSON.stringify(calls.length === 1 ? calls[0] : calls),
        signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
      });
      status = response.status;
      body = await response.text();
    } catch (error) {
      if (signal.aborted)
        throw new ChainError("the connection to the chain is closed", { value: origin, cause: error });
      throw new TransientFailure(networkWords(error), origin, error);
    }
    return readAnswers(batch, status, body, origin);
  }

  return {
    origin,
    ask: (method, params, alone) =>
      new Promise((resolve, reject) => {
        queue.push({ id: nextId++, method, params, alone, resolve, reject });
        timer ??= setTimeout(pump, BATCH_STALL_MS);
      }),
  };
}

/** `fetch` hides the reason in the cause. */
function networkWords(error: unknown): string {
  const { cause } = error as { cause?: unknown };
  if (cause === undefined) return messageOf(error);
  const { code } = cause as { code?: unknown };
  return [messageOf(cause), code].filter((part) => typeof part === "string" && part !== "").join(" ");
}
