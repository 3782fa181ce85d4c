import { afterAll, describe, expect, it } from "vitest";
import { ChainError, NotYetError } from "../common/errors.ts";
import { createLogger } from "../common/logger.ts";
import { createMetrics } from "../common/metrics.ts";
import { findFreePort } from "../common/ports.ts";
import { poll } from "../common/retry.ts";
import { type ChainEvents, createChainEvents } from "../store/chainEvents.ts";
import type { Database } from "../store/database.ts";
import { openStore } from "../store/open.ts";
import { createStageResults } from "../store/stageResults.ts";
import { startPostgres, startRedis } from "../store/testing/servers.ts";
import { createStageQueue, type StageQueue } from "./queue.ts";
import type { Stage } from "./stage.ts";

/** A queue whose stages are planned on the present fork unless told otherwise. */
interface TestedQueue extends Omit<StageQueue, "add"> {
  add(stage: string, subject: string, fork?: number): Promise<void>;
}

const silent = createLogger({ level: "silent" });

const [postgres, redis] = [await startPostgres(), await startRedis()];
afterAll(async () => {
  await postgres?.stop();
  await redis?.stop();
});

const EMBEDDED = { OPENLEDGER_STATE_DIR: undefined, DATABASE_URL: undefined };

/** What keeps the jobs: the store, and a Redis server if there is one. */
const KEEPERS = [
  { keeper: "the embedded database", store: EMBEDDED, redisUrl: undefined },
  ...(postgres === undefined
    ? []
    : [{ keeper: "a PostgreSQL server", store: { ...EMBEDDED, DATABASE_URL: postgres.url }, redisUrl: undefined }]),
  ...(redis === undefined ? [] : [{ keeper: "a Redis server", store: EMBEDDED, redisUrl: redis.url }]),
];

describe.each(KEEPERS)("the stage queue on $keeper", ({ store, redisUrl }) => {
  async function withQueue(
    stages: Stage[],
    work: (queue: TestedQueue, fork: number, db: Database, events: ChainEvents) => Promise<void>,
    name = "test",
    opened?: Database,
  ) {
    const db = opened ?? (await openStore(store));
    const events = createChainEvents(db);
    const results = createStageResults(db, events);
    const fork = await results.fork();
    const failures: string[] = [];
    const queue = await createStageQueue({
      name,
      stages,
      connection: redisUrl === undefined ? { database: db.queueConnection } : { redisUrl },
      log: silent,
      metrics: createMetrics(),
      results,
      onDone: () => {},
      onFailed: (stage, subject, error) => failures.push(`${stage} ${subject}: ${error.message}`),
    });
    try {
      const add: TestedQueue["add"] = (stage, subject, planned = fork) => queue.add(stage, subject, planned);
      await work({ ...queue, add }, fork, db, events);
    } finally {
      await queue.close();
      if (opened === undefined) await db.close();
    }
    return failures;
  }

  it("runs a stage again until what it waits for is there", async () => {
    let runs = 0;
    const done = Promise.withResolvers<true>();
    const stage: Stage = {
      name: "wait",
      run: async () => {
        if (++runs < 3) throw new NotYetError("too early");
        done.resolve(true);
      },
    };
    await withQueue([stage], async (queue) => {
      queue.start();
      await queue.add("wait", "1");
      await done.promise;
    });
    expect(runs).toBe(3);
  });

  it("runs a job that was asked for twice once", async () => {
    const subjects: string[] = [];
    const done = Promise.withResolvers<true>();
    const stage: Stage = {
      name: "once",
      run: async (subject) => {
        subjects.push(subject);
        if (subject === "last") done.resolve(true);
      },
    };
    await withQueue([stage], async (queue) => {
      await queue.add("once", "a");
      await queue.add("once", "a");
      await queue.add("once", "last");
      queue.start();
      await done.promise;
    });
    expect(subjects.sort()).toEqual(["a", "last"]);
  });

  it("does not run again what has left its result", async () => {
    const subjects: string[] = [];
    const done = Promise.withResolvers<true>();
    const stage: Stage = {
      name: "again",
      run: async (subject) => {
        subjects.push(subject);
        done.resolve(true);
      },
    };
    await withQueue([stage], async (queue, fork, db) => {
      await createStageResults(db, createChainEvents(db)).write("again", "done before", {}, fork);
      await queue.add("again", "done before");
      await queue.add("again", "new");
      queue.start();
      await done.promise;
    });
    expect(subjects).toEqual(["new"]);
  });

  it("leaves out what was planned on another fork of the chain, and stores no result that was begun there", async () => {
    const subjects: string[] = [];
    const last = Promise.withResolvers<true>();
    let reorganise: (() => Promise<void>) | undefined;
    const stage: Stage = {
      name: "read",
      run: async (subject) => {
        subjects.push(subject);
        await reorganise?.();
        reorganise = undefined;
        if (subject === "last") last.resolve(true);
        return { subject };
      },
    };
    await withQueue([stage], async (queue, fork, db, events) => {
      const results = createStageResults(db, events);
      reorganise = () => events.rollBack(1);
      queue.start();
      await queue.add("read", "begun before");
      await poll(async () => (await results.fork()) === fork + 1 || undefined, { intervalMs: 20 });
      await queue.add("read", "planned before", fork);
      await queue.add("read", "last", fork + 1);
      await last.promise;
      await poll(async () => (await results.has("read", "last")) || undefined, { intervalMs: 20 });
      expect(await results.subjects("read")).toEqual(["last"]);
    });
    expect(subjects).toEqual(["begun before", "last"]);
  });

  it("begins empty, whatever a process that was killed has left, and does not touch the queue of another", async () => {
    const subjects: string[] = [];
    const done = Promise.withResolvers<true>();
    const stage: Stage = {
      name: "left",
      run: async (subject) => {
        subjects.push(subject);
        if (subject === "last") done.resolve(true);
      },
    };
    await withQueue(
      [stage],
      async (other, _fork, db) => {
        await other.add("left", "of another");
        await withQueue([stage], (killed) => killed.add("left", "of the killed process"), "test", db);
        const again = async (queue: TestedQueue) => {
          await queue.add("left", "last");
          queue.start();
          await done.promise;
        };
        await withQueue([stage], again, "test", db);
        const others = Promise.withResolvers<true>();
        stage.run = async (subject) => {
          subjects.push(subject);
          others.resolve(true);
        };
        other.start();
        await others.promise;
      },
      "other",
    );
    expect(subjects).toEqual(["last", "of another"]);
  });

  it("runs a short stage although more long ones than there are places were asked for before", async () => {
    const release = Promise.withResolvers<true>();
    const short = Promise.withResolvers<true>();
    const long: string[] = [];
    const stages: Stage[] = [
      {
        name: "train",
        long: true,
        run: async (subject) => {
          long.push(subject);
          await release.promise;
        },
      },
      {
        name: "answer",
        run: async () => {
          short.resolve(true);
        },
      },
    ];
    await withQueue(stages, async (queue) => {
      for (let i = 0; i < 20; i++) await queue.add("train", `${i}`);
      await queue.add("answer", "1");
      queue.start();
      await short.promise;
      expect(long.length).toBeLessThanOrEqual(3);
      release.resolve(true);
    });
  });

  it("gives up at once on an error that time does not heal, and reports it", async () => {
    let runs = 0;
    const failed = Promise.withResolvers<true>();
    const stage: Stage = {
      name: "broken",
      run: async () => {
        runs++;
        setTimeout(() => failed.resolve(true), 600);
        throw new Error("wrong root");
      },
    };
    const failures = await withQueue([stage], async (queue) => {
      queue.start();
      await queue.add("broken", "7");
      await failed.promise;
    });
    expect(runs).toBe(1);
    expect(failures).toEqual(["broken 7: wrong root"]);
  });
});

describe.runIf(redis)("a stage queue whose Redis server is started again", () => {
  it("goes on with what is asked for after that", async () => {
    const db = await openStore(EMBEDDED);
    const done = Promise.withResolvers<true>();
    const stage: Stage = {
      name: "after",
      run: async () => {
        done.resolve(true);
      },
    };
    const queue = await createStageQueue({
      name: "outage",
      stages: [stage],
      connection: { redisUrl: redis!.url },
      log: silent,
      metrics: createMetrics(),
      results: createStageResults(db, createChainEvents(db)),
      onDone: () => {},
      onFailed: () => {},
    });
    queue.start();
    await redis!.restart();
    await queue.add("after", "1", 0);
    expect(await done.promise).toBe(true);
    await queue.close();
    await db.close();
  });
});

describe("a stage queue without its server", () => {
  it("says what cannot be reached and what to do", async () => {
    const port = await findFreePort();
    const options = { name: "none", stages: [], log: silent, metrics: createMetrics() };
    const db = await openStore(EMBEDDED);
    const hooks = { results: createStageResults(db, createChainEvents(db)), onDone: () => {}, onFailed: () => {} };
    const connection = { redisUrl: `redis://user:secret@127.0.0.1:${port}` };
    const error = await createStageQueue({ ...options, ...hooks, connection }).catch((problem: unknown) => problem);
    expect(error).toBeInstanceOf(ChainError);
    expect((error as ChainError).describe()).toMatch(/Redis cannot be reached[^]*127\.0\.0\.1[^]*REDIS_URL/u);
    expect((error as ChainError).describe()).not.toContain("secret");
    await db.close();
  });
});
