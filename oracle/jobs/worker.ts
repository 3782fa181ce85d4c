import type { Shutdown } from "../common/shutdown.ts";
import { isRetryable, messageOf } from "../common/errors.ts";
import { StorageError } from "../common/fileErrors.ts";
import type { Context } from "./context.ts";
import type { OpenedContext } from "./openContext.ts";
import type { Task } from "./plan.ts";
import { createLookTimes } from "./lookTimes.ts";
import { createPlanTimes, PLAN_AGE_MS } from "./planTimes.ts";
import { createStageQueue } from "./queue.ts";
import type { Stage } from "./stage.ts";
import { scanStage } from "./stages/scan.ts";

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
  /** The longest time between two plans, in milliseconds, where what can be done depends on this machine's clock. */
  readonly planAgeMs?: number;
}

/**
 * Keeps reading the chain, plans after every change, and works until the process is asked to end. The chain is read beside the
 * queue, not by it: a look that finds nothing new costs two questions to the endpoint, and no job.
 */
export async function startWorker(options: WorkerOptions): Promise<void> {
  const { name, opened, shutdown, stages, plan } = options;
  const { context, db } = opened;
  const { config, log, key, results, events, metrics } = context;
  const pausedUntil = new Map<string, number>();
  /** On which chain each task was asked for last, and until when it is not asked for again on the same one. */
  const asked = new Map<string, { readonly chain: string; readonly until: number }>();
  const scan = scanStage(context);
  const planTimes = createPlanTimes(options.planAgeMs);
  const lookTimes = createLookTimes(config.OPENLEDGER_SCAN_INTERVAL_MS);
  let seenChanges: number | undefined;
  let wake = (): void => {};
  let awake = false;

  const queue = await createStageQueue({
    name,
    stages: stages(context),
    connection: config.REDIS_URL === undefined ? { database: db.queueConnection } : { redisUrl: config.REDIS_URL },
    log,
    metrics,
    results,
    onDone: lookNow,
    onFailed: (stage, subject) => pausedUntil.set(`${stage} ${subject}`, Date.now() + FAILED_PAUSE_MS),
  });
  shutdown.onClose("jobs", () => queue.close());

  /** What was done shows in the store or in the next blocks, and makes other work possible. */
  function lookNow(): void {
    planTimes.forget();
    lookTimes.forget();
    awake = true;
    wake();
  }

  async function look(): Promise<void> {
    const timer = metrics.stageSeconds.startTimer({ stage: scan.name });
    try {
      await scan.run("chain");
      timer({ outcome: "done" });
    } catch (error) {
      timer({ outcome: "failed" });
      throw error;
    }
    const head = await events.head();
    const { changes } = events.revision();
    const isChanged = changes !== seenChanges;
    seenChanges = changes;
    lookTimes.afterLook(isChanged);
    const seen = { events: `${changes}`, block: head?.hash, time: head?.timestamp ?? 0 };
    if (!planTimes.isDue(seen)) return;
    const fork = await results.fork();
    const chain = `${changes} ${seen.block}`;
    for (const [stage, subject] of await plan(context)) {
      const task = `${stage} ${subject}`;
      const before = asked.get(task);
      // a stage that ended and is planned again has found nothing to do: it would run without end
      const isRepeated = before?.chain === chain && Date.now() < before.until;
      if (isRepeated || Date.now() < (pausedUntil.get(task) ?? 0)) continue;
      lookTimes.forget();
      asked.set(task, { chain, until: Date.now() + (options.planAgeMs ?? PLAN_AGE_MS) });
      await queue.add(stage, subject, fork);
    }
  }

  async function keepLooking(): Promise<void> {
    while (!shutdown.signal.aborted) {
      awake = false;
      try {
        await look();
      } catch (error) {
        if (shutdown.signal.aborted) return;
        planTimes.forget();
        // a full disk is for people to mend, everything else comes with time
        const heals = isRetryable(error) && !(error instanceof StorageError);
        log[heals ? "debug" : "error"]({ err: error }, `looking at the chain failed: ${messageOf(error)}`);
        awake = false;
      }
      if (!awake) await rest();
    }
  }

  function rest(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, lookTimes.rest());
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  const resumed = (await key?.sender.resume()) ?? 0;
  if (resumed > 0) log.info({ transactions: resumed }, "resumed what was signed before");
  queue.start();
  const looking = keepLooking();
  shutdown.onClose("scan", () => {
    wake();
    return looking;
  });
}
