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

/** A thread that runs this module: one that waits, or a new one, which loads the engine for a second of processor time. */
export function takeThread(module: URL): Worker {
  const kept = idle.get(module.href)?.at(-1);
  if (kept === undefined) return new Worker(module);
  kept.leave();
  kept.worker.ref();
  return kept.worker;
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
