import { describe, expect, it } from "vitest";
import { NotYetError } from "../common/errors.ts";
import { createLogger } from "../common/logger.ts";
import { createMetrics } from "../common/metrics.ts";
import { openStore } from "../store/open.ts";
import { createStageQueue, type Stage } from "./queue.ts";

const silent = createLogger({ level: "silent" });

async function withQueue(
  stages: Stage[],
  work: (queue: Awaited<ReturnType<typeof createStageQueue>>) => Promise<void>,
) {
  const db = await openStore({ OPENLEDGER_STATE_DIR: undefined, DATABASE_URL: undefined });
  const failures: string[] = [];
  const make = () =>
    createStageQueue({
      name: "test",
      stages,
      connection: { database: db.queueConnection },
      log: silent,
      metrics: createMetrics(),
      onDone: () => {},
      onFailed: (stage, subject, error) => failures.push(`${stage} ${subject}: ${error.message}`),
    });
  const queue = await make();
  try {
    await work(queue);
  } finally {
    await queue.close();
    await db.close();
  }
  return failures;
}

describe("the stage queue on the embedded database", () => {
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
