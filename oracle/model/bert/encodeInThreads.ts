import { createShardPool } from "../../numerics/shardPool.ts";
import type { BertModel } from "./bert.ts";
import type { EncodeTask } from "./encodeWorker.ts";

/**
 * The vectors of each batch of texts, in the order of the batches: the bits that `openBert` gives, as a text's vector does not depend on what it is
 * encoded with. Whoever stops reading ends the work.
 *
 * @param workers threads, at least 1; each keeps the model
 * @throws ShardError for what `openBert` throws
 */
export async function* encodeInThreads(
  model: BertModel,
  batches: readonly (readonly string[])[],
  workers: number,
): AsyncGenerator<Float32Array, void> {
  const threads = Math.min(workers, batches.length);
  if (threads === 0) return;
  const pool = createShardPool(new URL("./encodeWorker.ts", import.meta.url), threads);
  const run = (shard: number, task: EncodeTask) => {
    const result = pool.run(shard, task);
    // what fails is told where its batch is read
    result.catch(() => {});
    return result;
  };
  try {
    const opened = Array.from({ length: threads }, (_, thread) => run(thread, { model }));
    const encoded = batches.map((texts, batch) => run(batch, { texts }));
    await Promise.all(opened);
    for (const vectors of encoded) yield (await vectors) as Float32Array;
  } finally {
    await pool.close();
  }
}
