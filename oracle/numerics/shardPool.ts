import { parentPort, type Worker } from "node:worker_threads";
import { OpenLedgerError } from "../common/errors.ts";
import { endThread, giveThreadBack, takeThread } from "./threads.ts";

/** Which implementation of the kernels a shard computes with. */
export type KernelChoice = "wasm" | "plain";

/** Worker threads that work on numbered shards. A shard always goes to the same thread, its tasks in order. */
export interface ShardPool {
  /** @param onNote called with what the task reports while it runs */
  run(shard: number, task: unknown, onNote?: (note: unknown) => void): Promise<unknown>;
  /** Ends the threads that are at work; the others forget what they know and wait for the next pool of the module. */
  close(): Promise<void>;
}

/** What is told of an error in a worker thread. */
interface Failure {
  readonly name: string;
  readonly message: string;
  readonly exitCode: number;
}

/** A fault of this program (`cli/program.ts`). */
const UNEXPECTED = 70;

/** A shard failed; name, message and exit status are those of the error in the worker thread. */
export class ShardError extends OpenLedgerError {
  override readonly exitCode: number;
  readonly shard: number;
  constructor(shard: number, { name, message, exitCode }: Failure) {
    super(message);
    this.name = name;
    this.exitCode = exitCode;
    this.shard = shard;
  }
}

interface Request {
  readonly id: number;
  readonly shard: number;
  readonly task: unknown;
}

/** Asks a thread to forget what it keeps of its shards. */
const RELEASE = "release";

type Reply = { readonly id: number } & (
  { readonly note: unknown } | { readonly result: unknown } | { readonly failure: Failure }
);

/** What a thread says first, of no task. */
const LOADED: Reply = { id: -1, note: "loaded" };

/**
 * How many threads there are decides only how long the work takes: what a shard computes depends on its task alone, and callers reduce
 * results in shard order.
 *
 * @param module file that calls `serveShards` @param workers threads, at least 1
 */
export function createShardPool(module: URL, workers: number): ShardPool {
  if (!Number.isInteger(workers) || workers < 1) throw new RangeError(`${workers} workers: use at least 1`);
  const threads = new Map<number, Thread>();
  const waiting = new Map<number, Waiting>();
  let nextId = 0;
  let closed = false;

  const isAtWork = (index: number) => [...waiting.values()].some(({ shard }) => shard % workers === index);

  function threadOf(shard: number): Worker {
    const index = shard % workers;
    const existing = threads.get(index);
    if (existing !== undefined) return existing.worker;
    const worker = takeThread(module);
    const onMessage = (reply: Reply) => {
      const entry = waiting.get(reply.id);
      if (entry === undefined) return;
      if ("note" in reply) {
        entry.onNote?.(reply.note);
        return;
      }
      waiting.delete(reply.id);
      if ("failure" in reply) entry.reject(new ShardError(entry.shard, reply.failure));
      else entry.resolve(reply.result);
    };
    let ended = false;
    const fail = (message: string) => {
      ended = true;
      for (const [id, entry] of waiting) {
        if (entry.shard % workers !== index) continue;
        waiting.delete(id);
        entry.reject(new ShardError(entry.shard, { name: "ShardError", message, exitCode: UNEXPECTED }));
      }
    };
    const onError = (error: unknown) => {
      fail(`worker thread ${index} failed: ${error instanceof Error ? error.message : String(error)}`);
    };
    const onExit = (code: number) => {
      fail(`worker thread ${index} ended with code ${code} before its task was done`);
    };
    worker.on("message", onMessage).on("error", onError).on("exit", onExit);
    async function close() {
      if (ended || isAtWork(index)) {
        await endThread(worker);
        return;
      }
      worker.off("message", onMessage).off("error", onError).off("exit", onExit);
      worker.postMessage(RELEASE);
      giveThreadBack(module, worker);
    }
    threads.set(index, { worker, close });
    return worker;
  }

  return {
    run(shard, task, onNote) {
      if (closed) return Promise.reject(new Error("the pool is closed"));
      const id = nextId++;
      return new Promise((resolve, reject) => {
        waiting.set(id, { shard, resolve, reject, onNote });
        threadOf(shard).postMessage({ id, shard, task } satisfies Request);
      });
    },
    async close() {
      if (closed) return;
      closed = true;
      await Promise.all([...threads.values()].map((thread) => thread.close()));
    },
  };
}

interface Thread {
  readonly worker: Worker;
  readonly close: () => Promise<void>;
}

interface Waiting {
  readonly shard: number;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly onNote: ((note: unknown) => void) | undefined;
}

/**
 * The thread's side: answers each task with what `handle` returns.
 *
 * @param release lets go of what `handle` keeps between the tasks of a shard: another pool comes
 */
export function serveShards(
  handle: (task: unknown, shard: number, note: (value: unknown) => void) => unknown,
  release: () => void = () => {},
): void {
  const port = parentPort;
  if (port === null) throw new Error("serveShards runs in a worker thread");
  const answer = (message: Request | typeof RELEASE) => {
    if (message === RELEASE) {
      release();
      return;
    }
    const { id, shard, task } = message;
    try {
      const result = handle(task, shard, (note) => {
        port.postMessage({ id, note } satisfies Reply);
      });
      port.postMessage({ id, result } satisfies Reply);
    } catch (error) {
      const { name, message } = error instanceof Error ? error : new Error(String(error));
      const exitCode = error instanceof OpenLedgerError ? error.exitCode : UNEXPECTED;
      port.postMessage({ id, failure: { name, message, exitCode } } satisfies Reply);
    }
  };
  // later than the modules that are still being loaded, and before the first task
  setImmediate(() => {
    port.postMessage(LOADED);
    port.on("message", answer);
  });
}
