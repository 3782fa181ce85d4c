import type { Shutdown } from "../common/shutdown.ts";
import { messageOf } from "../common/errors.ts";
import type { Context } from "./context.ts";
import type { OpenedContext } from "./openContext.ts";
import type { Task } from "./plan.ts";
import { createStageQueue, type Stage } from "./queue.ts";
import { scanStage } from "./stages/scan.ts";

const SCAN: Task = ["scan", "chain"];

export interface WorkerOptions {
  /** Distinguishes this process's jobs on a shared queue server. */
  readonly name: string;
  readonly opened: OpenedContext;
  readonly shutdown: Shutdown;
  readonly stages: (context: Context) => readonly Stage[];
  /** What can be done next, from the store alone. */
  readonly plan: (context: Context) => Promise<Task[]>;
}

/** Keeps reading the chain, plans after every change, and works until the process is asked to end. */
export async function startWorker({ name, opened, shutdown, stages, plan }: WorkerOptions): Promise<void> {
  const { context, db, transactions } = opened;
  const { config, log, key, results } = context;
  const scan = scanStage(context, async () => {
    await results.forgetAll();
    await transactions.reopen();
    await key?.sender.resume();
  });
  const queue = await createStageQueue({
    name,
    stages: [scan, ...stages(context)],
    connection: config.REDIS_URL === undefined ? { database: db.queueConnection } : { redisUrl: config.REDIS_URL },
    log,
    metrics: context.metrics,
    onDone: () => void addPlanned(),
    onFailed: () => {},
  });
  shutdown.onClose("jobs", () => queue.close());

  async function addPlanned(): Promise<void> {
    if (shutdown.signal.aborted) return;
    try {
      for (const [stage, subject] of await plan(context)) await queue.add(stage, subject);
    } catch (error) {
      if (!shutdown.signal.aborted) log.error({ err: error }, `planning failed: ${messageOf(error)}`);
    }
  }

  const resumed = (await key?.sender.resume()) ?? 0;
  if (resumed > 0) log.info({ transactions: resumed }, "resumed what was signed before");
  queue.start();
  await queue.add(...SCAN);
  const timer = setInterval(() => {
    queue.add(...SCAN).catch((error: unknown) => {
      if (!shutdown.signal.aborted) log.error({ err: error }, "scan was not queued");
    });
  }, config.OPENLEDGER_SCAN_INTERVAL_MS);
  shutdown.onClose("timer", () => clearInterval(timer));
}
