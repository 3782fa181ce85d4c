import { describe, expect, it } from "vitest";
import { ShardError } from "../../numerics/shardPool.ts";
import { createWasmKernels } from "../../numerics/wasmKernels.ts";
import { openBert } from "./bert.ts";
import { encodeInThreads } from "./encodeInThreads.ts";
import { importBert } from "./importBert.ts";
import { TINY_VOCABULARY, tinyBertFiles } from "./testing/tinyBert.ts";

const model = importBert(tinyBertFiles(5));
const batches = Array.from({ length: 7 }, (_, b) =>
  Array.from(
    { length: 1 + (b % 3) },
    (__, t) => `the bees of batch ${b} watered ${"cold ".repeat(3 * t)}naive text ${t}`,
  ),
);

async function vectorsOf(parts: readonly (readonly string[])[], workers: number): Promise<Float32Array[]> {
  const vectors: Float32Array[] = [];
  for await (const part of encodeInThreads(model, parts, workers)) vectors.push(part);
  return vectors;
}

describe("encoding in threads", () => {
  it("fails as the encoder fails", async () => {
    const encode = encodeInThreads({ ...model, vocabulary: TINY_VOCABULARY.slice(1) }, batches, 2);
    const refused = encode.next();
    await expect(refused).rejects.toThrow(ShardError);
    await expect(refused).rejects.toMatchObject({ name: "InputError", message: /vocabulary does not fit/u });
  });

  it("gives no vector for no text", async () => {
    expect(await vectorsOf([], 2)).toEqual([]);
  });

  it.each([1, 2, 3, 16])("gives the same bits in the same order with %i threads", async (workers) => {
    const encoder = openBert(createWasmKernels, model);
    expect(await vectorsOf(batches, workers)).toEqual(batches.map((texts) => encoder.encode(texts)));
  });

  it("can be left before its end", async () => {
    const encode = encodeInThreads(model, batches, 2);
    expect((await encode.next()).done).toBe(false);
    await encode.return();
    expect(await encode.next()).toEqual({ done: true, value: undefined });
  });
});
