import { setTimeout as sleep } from "node:timers/promises";
import { type Child, lastLines } from "./childProcess.ts";
import { OpenLedgerError } from "./errors.ts";

/** A process that is started again when it ends without being asked to. */
export interface Supervised {
  readonly name: string;
  readonly logFile: string;
  /** Of the process that runs now. */
  pid(): number;
  restarts(): number;
  /** Rejects when the process has ended more often than is allowed. Never resolves. */
  readonly gaveUp: Promise<never>;
  stop(): Promise<void>;
}

const RESTART_DELAY_MS = 200;

/** Starts a process and keeps it running; gives up after `maxRestarts`. */
export function supervise(start: () => Child, maxRestarts: number): Supervised {
  let child = start();
  let restarts = 0;
  let stopping = false;

  async function watch(): Promise<never> {
    for (;;) {
      const status = await child.exited;
      if (stopping) return new Promise(() => {});
      if (restarts === maxRestarts) {
        throw new OpenLedgerError(`${child.name} ended with status ${status}\n${lastLines(child.logFile)}`, {
          value: `${restarts} restarts`,
          limit: `${maxRestarts}`,
          remedy: `Read ${child.logFile}.`,
        });
      }
      restarts++;
      await sleep(RESTART_DELAY_MS);
      if (!stopping) child = start();
    }
  }
  const gaveUp = watch();
  // whoever waits for the process hears of it there
  gaveUp.catch(() => {});

  return {
    name: child.name,
    logFile: child.logFile,
    pid: () => child.pid,
    restarts: () => restarts,
    gaveUp,
    stop: async () => {
      stopping = true;
      await child.stop();
    },
  };
}
