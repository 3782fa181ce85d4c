import { afterEach, describe, expect, it } from "vitest";
import type { ShardPool } from "./shardPool.ts";
import { createShardPool } from "./shardPool.ts";

const worker = new URL("./testing/echoWorker.ts", import.meta.url);
let pool: ShardPool | undefined;

function open(workers: number): ShardPool {
  pool = createShardPool(worker, workers);
  return pool;
}

afterEach(async () => {
  await pool?.close();
  pool = undefined;
});

describe("a pool of shards", () => {
  it("refuses to have no workers", () => {
    expect(() => createShardPool(worker, 0)).toThrow("0 workers: use at least 1");
  });

  it("hands on the name and message of what failed, and goes on", async () => {
    const shards = open(1);
    await expect(shards.run(4, "fail")).rejects.toMatchObject({
      name: "RangeError",
      message: "out of range",
      exitCode: 70,
      shard: 4,
    });
    await expect(shards.run(4, "again")).resolves.toMatchObject({ task: "again", shard: 4 });
  });

  it("rejects what a thread that ended still had to do", async () => {
    const shards = open(1);
    const waiting = [shards.run(0, "exit"), shards.run(1, "later")];
    for (const result of await Promise.allSettled(waiting)) expect(result.status).toBe("rejected");
  });

  it("gives a shard to the same thread every time and reports notes", async () => {
    const shards = open(2);
    const notes: unknown[] = [];
    const results = await Promise.all(
      [0, 1, 2, 3, 0].map((shard) => shards.run(shard, "x", (note) => notes.push(note))),
    );
    const threads = (results as { threadId: number }[]).map(({ threadId }) => threadId);
    expect(threads[2]).toBe(threads[0]);
    expect(threads[4]).toBe(threads[0]);
    expect(threads[3]).toBe(threads[1]);
    expect(threads[1]).not.toBe(threads[0]);
    expect(notes).toHaveLength(5);
  });

  it("leaves its threads to the next pool, which finds nothing of it", async () => {
    const first = open(1);
    await first.run(0, "x");
    const before = (await first.run(0, "x")) as { threadId: number; count: number };
    expect(before.count).toBe(2);
    await first.close();
    const after = await open(1).run(0, "x");
    expect(after).toMatchObject({ threadId: before.threadId, count: 1 });
  });

  it("never shares a thread with a pool that is open", async () => {
    const [first, second] = [open(1), createShardPool(worker, 1)];
    const threads = await Promise.all([first.run(0, "x"), second.run(0, "x")]);
    await second.close();
    expect(new Set((threads as { threadId: number }[]).map(({ threadId }) => threadId)).size).toBe(2);
  });

  it("ends a thread that is at work, or has ended, instead of leaving it to another", async () => {
    for (const task of ["forever", "exit"]) {
      const first = open(1);
      const { threadId } = (await first.run(0, "x")) as { threadId: number };
      await new Promise<void>((resolve) => {
        const left = first.run(0, task, () => resolve());
        left.catch(() => resolve());
      });
      await first.close();
      expect(await open(1).run(0, "x")).not.toMatchObject({ threadId });
      await pool!.close();
    }
  });

  it("takes no work after it was closed", async () => {
    const shards = open(1);
    await shards.close();
    await expect(shards.run(0, "x")).rejects.toThrow("the pool is closed");
  });
});
