import { threadId } from "node:worker_threads";
import { serveShards } from "../shardPool.ts";

/** Answers with the shard and the thread; fails or ends on request. */
serveShards((task, shard, note) => {
  if (task === "fail") throw new RangeError("out of range");
  if (task === "exit") process.exit(3);
  note(`working on ${shard}`);
  return { task, shard, threadId };
});
