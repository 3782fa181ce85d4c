import { threadId } from "node:worker_threads";
import { serveShards } from "../shardPool.ts";

/** Tasks of each shard in one pool. */
const tasks = new Map<number, number>();

/** Answers with the shard, the thread and how many tasks the shard has had; fails, ends or goes on for ever on request. */
serveShards(
  (task, shard, note) => {
    if (task === "fail") throw new RangeError("out of range");
    if (task === "exit") process.exit(3);
    note(`working on ${shard}`);
    if (task === "forever") for (;;);
    tasks.set(shard, 1 + (tasks.get(shard) ?? 0));
    return { task, shard, threadId, count: tasks.get(shard) };
  },
  () => tasks.clear(),
);
