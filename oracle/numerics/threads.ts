import { Worker } from "node:worker_threads";

/** How long a thread waits for other work before it ends, in milliseconds. */
const IDLE_MS = 30_000;

interface Idle {
  readonly worker: Worker;
  /** Takes it out of those that wait. */
  readonly leave: () => void;
}

/** Threads that wait for work, by the module that they run. */
const idle = new Map<string, Idle[]>();

/** When a thread had loaded its modules, or could not. */
const loaded = new WeakMap<Worker, Promise<void>>();

/** A thread that runs this module: one that waits, or a new one, which loads the engine for a second of processor time. */
export function takeThread(module: URL): Worker {
  const kept = idle.get(module.href)?.at(-1);
  if (kept === undefined) return startThread(module);
  kept.leave();
  kept.worker.ref();
  return kept.worker;
}

/** Ends a thread, whatever it does. V8 ends the whole process where a thread is terminated while it loads modules that await. */
export async function endThread(worker: Worker): Promise<void> {
  await loaded.get(worker);
  await worker.terminate();
}

/** @param module sends a message as soon as it is loaded */
function startThread(module: URL): Worker {
  const worker = new Worker(module);
  const done = Promise.withResolvers<void>();
  for (const event of ["message", "error", "exit"]) worker.once(event, () => done.resolve());
  loaded.set(worker, done.promise);
  return worker;
}

/** Lets a thread without work wait for some, for a while. It keeps no process from ending. */
export function giveThreadBack(module: URL, worker: Worker): void {
  const timer = setTimeout(() => void worker.terminate(), IDLE_MS);
  const leave = () => {
    clearTimeout(timer);
    worker.off("exit", leave);
    worker.off("error", leave);
    idle.set(
      module.href,
      (idle.get(module.href) ?? []).filter((other) => other.worker !== worker),
    );
  };
  worker.once("exit", leave);
  worker.once("error", leave);
  worker.unref();
  timer.unref();
  idle.set(module.href, [...(idle.get(module.href) ?? []), { worker, leave }]);
}
