import {
  type ConnectionOptions,
  createPostgresBackend,
  createRedisBackend,
  type Job,
  UnrecoverableError,
  withBackend,
} from "bullmq";
import { Redis } from "ioredis";
import { ChainError, isRetryable, messageOf, NotYetError, OpenLedgerError } from "../common/errors.ts";
import { StorageError } from "../common/fileErrors.ts";
import type { Logger } from "../common/logger.ts";
import type { Metrics } from "../common/metrics.ts";
import type { StageResults } from "../store/stageResults.ts";
import { runStage, type Stage } from "./stage.ts";

export interface StageQueue {
  /**
   * Asks for a stage to run for a subject; asking again while it waits or runs changes nothing.
   *
   * @param fork of the chain on which the stage was planned; on another it is left out
   */
  add(stage: string, subject: string, fork: number): Promise<void>;
  /** Starts working. */
  start(): void;
  close(): Promise<void>;
}

export interface StageQueueOptions {
  /** Distinguishes the queues of several operators on one Redis or PostgreSQL server. */
  readonly name: string;
  readonly stages: readonly Stage[];
  readonly connection: { readonly redisUrl: string } | { readonly database: object | string };
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly results: StageResults;
  /** Called after each success: new work may have become possible. */
  readonly onDone: (stage: string, subject: string) => void;
  /** Called when a stage has failed for good. */
  readonly onFailed: (stage: string, subject: string, error: Error) => void;
}

interface Task {
  readonly subject: string;
  readonly fork: number;
}

const CONCURRENCY = 6;
const LONG_AT_ONCE = 3;
const ATTEMPTS = 1_000;
const FIRST_BACKOFF_MS = 250;
const LONGEST_BACKOFF_MS = 3_000;

/**
 * The stages as BullMQ jobs, one per (stage, subject).
 *
 * The queue holds no truth: what has been done is in the store. It is emptied at every start and filled again by the
 * planner, so a process that was killed in the middle of a job has nothing to wait for and nothing to lose.
 */
export async function createStageQueue(options: StageQueueOptions): Promise<StageQueue> {
  const { name, log, metrics, results } = options;
  const stages = new Map(options.stages.map((stage) => [stage.name, stage]));
  const { connection, Queue, Worker, end } = await connect(options.connection, log);

  const queue = new Queue(name, { connection });
  queue.on("error", (error) => log.error({ err: error }, "queue"));
  await queue.waitUntilReady();
  await queue.obliterate({ force: true });
  await queue.resume();

  let running = 0;
  async function runAmongOthers(stage: Stage, { subject, fork }: Task): Promise<void> {
    if (stage.long !== true) return runStage(results, stage, subject, fork);
    if (running === LONG_AT_ONCE) throw new NotYetError("other long stages are running", { value: running });
    running++;
    try {
      await runStage(results, stage, subject, fork);
    } finally {
      running--;
    }
  }

  async function run(job: Job<Task>): Promise<void> {
    const stage = stages.get(job.name);
    if (stage === undefined) throw new OpenLedgerError("there is no such stage", { value: job.name });
    const { subject, fork } = job.data;
    // a plan can be older than the result, or than a reorganisation
    if ((await results.has(stage.name, subject)) || (await results.fork()) !== fork) return;
    const timer = metrics.stageSeconds.startTimer({ stage: stage.name });
    try {
      await runAmongOthers(stage, job.data);
      timer({ outcome: "done" });
      log.info({ stage: stage.name, subject }, "done");
    } catch (error) {
      timer({ outcome: "failed" });
      if (isRetryable(error)) {
        // a full disk is for people to mend, everything else comes with time
        const level = error instanceof StorageError ? "error" : "debug";
        log[level]({ stage: stage.name, subject, reason: messageOf(error) }, "not yet");
        throw error;
      }
      log.error({ stage: stage.name, subject, err: error }, "failed");
      throw new UnrecoverableError(messageOf(error));
    }
  }

  const worker = new Worker<Task>(name, run, {
    connection,
    autorun: false,
    concurrency: CONCURRENCY,
    // PostgreSQL tells of new jobs, and closing ends the wait; on Redis closing waits for the look that is under way
    drainDelay: "redisUrl" in options.connection ? 1 : 30,
    lockDuration: 600_000,
    settings: { backoffStrategy: (attempt = 1) => Math.min(FIRST_BACKOFF_MS * 2 ** (attempt - 1), LONGEST_BACKOFF_MS) },
  });
  worker.on("error", (error) => log.error({ err: error }, "worker"));
  worker.on("completed", (job) => options.onDone(job.name, job.data.subject));
  worker.on("failed", (job, error) => {
    if (job !== undefined && error instanceof UnrecoverableError) options.onFailed(job.name, job.data.subject, error);
  });

  return {
    add: async (stage, subject, fork) => {
      await queue.add(
        stage,
        { subject, fork },
        {
          jobId: `${stage}/${subject}/${fork}`,
          attempts: ATTEMPTS,
          backoff: { type: "custom" },
          removeOnComplete: true,
          removeOnFail: true,
        },
      );
    },
    start: () => {
      worker.run().catch((error: unknown) => log.fatal({ err: error }, "worker stopped"));
    },
    close: async () => {
      await worker.close();
      await queue.close();
      end();
    },
  };
}

const redisKit = () => withBackend(createRedisBackend);

interface Connected extends Pick<ReturnType<typeof redisKit>, "Queue" | "Worker"> {
  readonly connection: ConnectionOptions;
  readonly end: () => void;
}

async function connect(target: StageQueueOptions["connection"], log: Logger): Promise<Connected> {
  if ("redisUrl" in target) {
    await requireRedis(target.redisUrl);
    // BullMQ's workers block on the connection and must never give up a command
    const redis = new Redis(target.redisUrl, { maxRetriesPerRequest: null });
    redis.on("error", (error) => log.error({ err: error }, "Redis"));
    return { ...redisKit(), connection: redis, end: () => redis.disconnect() };
  }
  const { database } = target;
  const connection =
    typeof database === "string" ? { connectionString: database, schema: "bullmq", migrate: true } : database;
  // the two kits differ in the type of the connection alone, which is passed along as it is
  return { ...withBackend(createPostgresBackend), connection, end: () => {} } as unknown as Connected;
}

/** Later outages are waited out; one at the start is a wrong setting more often than not. */
async function requireRedis(url: string): Promise<void> {
  const probe = new Redis(url, { lazyConnect: true, maxRetriesPerRequest: 0, retryStrategy: () => null });
  // the reason comes with this event; the rejection of the command says only that the connection is closed
  let reason: unknown;
  probe.on("error", (error) => (reason = error));
  try {
    await probe.ping();
  } catch (error) {
    const { host } = new URL(url);
    throw new ChainError(`Redis cannot be reached: ${messageOf(reason ?? error)}`, {
      value: host,
      limit: "a Redis 6.2+ server that answers PING",
      remedy: "Check REDIS_URL and that the server runs, or unset it to keep the jobs in the database.",
      retryable: true,
      cause: error,
    });
  } finally {
    probe.disconnect();
  }
}
