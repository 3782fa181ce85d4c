import type { Shutdown } from "../common/shutdown.ts";
import { messageOf } from "../common/errors.ts";
import type { Context } from "./context.ts";
import type { OpenedContext } from "./openContext.ts";
import type { Task } from "./plan.ts";
import { createStageQueue } from "./queue.ts";
import type { Stage } from "./stage.ts";
import { scanStage } from "./stages/scan.ts";

const SCAN: Task = ["scan", "chain"];
/** How long a stage rests that failed in a way that time alone does not heal, in milliseconds. */
const FAILED_PAUSE_MS = 60_000;

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
  const { context, db } = opened;
  const { config, log, key, results } = context;
  const pausedUntil = new Map<string, number>();
  const queue = await createStageQueue({
    name,
    stages: [scanStage(context), ...stages(context)],
    connection: config.REDIS_URL === undefined ? { database: db.queueConnection } : { redisUrl: config.REDIS_URL },
    log,
    metrics: context.metrics,
    results,
    onDone: (stage, subject) => void goOn(stage, subject),
    onFailed: (stage, subject) => pausedUntil.set(`${stage} ${subject}`, Date.now() + FAILED_PAUSE_MS),
  });
  shutdown.onClose("jobs", () => queue.close());

  async function goOn(stage: string, subject: string): Promise<void> {
    if (shutdown.signal.aborted) return;
    try {
      if (stage === SCAN[0] || (await results.has(stage, subject))) await addPlanned();
      // it changed the chain instead: what that made possible shows in the next blocks
      else await addScan();
    } catch (error) {
      if (!shutdown.signal.aborted) log.error({ err: error }, `planning failed: ${messageOf(error)}`);
    }
  }

  async function addPlanned(): Promise<void> {
    const fork = await results.fork();
    for (const [stage, subject] of await plan(context)) {
      if (Date.now() >= (pausedUntil.get(`${stage} ${subject}`) ?? 0)) await queue.add(stage, subject, fork);
    }
  }

  async function addScan(): Promise<void> {
    await queue.add(...SCAN, await results.fork());
  }

  const resumed = (await key?.sender.resume()) ?? 0;
  if (resumed > 0) log.info({ transactions: resumed }, "resumed what was signed before");
  queue.start();
  await addScan();
  const timer = setInterval(() => {
    addScan().catch((error: unknown) => {
      if (!shutdown.signal.aborted) log.error({ err: error }, "scan was not queued");
    });
  }, config.OPENLEDGER_SCAN_INTERVAL_MS);
  shutdown.onClose("timer", () => clearInterval(timer));
}
