import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { SelfTestCase } from "./selfTest.ts";

/**
 * Runs the comparisons of `runSelfTest` in a thread of its own: the engine that they load takes tens of megabytes, and a process that
 * trains nothing has no other use for it.
 */
export async function runSelfTestApart(): Promise<SelfTestCase[]> {
  const thread = new Worker(new URL("./selfTestThread.ts", import.meta.url));
  try {
    const [cases] = (await once(thread, "message")) as [SelfTestCase[]];
    return cases;
  } finally {
    await thread.terminate();
  }
}
