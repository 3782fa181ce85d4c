import { kernelFactory } from "../../numerics/kernelChoice.ts";
import { serveShards } from "../../numerics/shardPool.ts";
import type { Encoder } from "../answers/encoder.ts";
import { type BertModel, openBert } from "./bert.ts";

/** Opens an encoder, which the thread keeps, or encodes texts with it. */
export type EncodeTask = { readonly model: BertModel } | { readonly texts: readonly string[] };

let encoder: Encoder | undefined;

serveShards(
  (task) => {
    // encodeInThreads.ts, which starts this thread, sends nothing else, and a model first.
    const asked = task as EncodeTask;
    if ("texts" in asked) return encoder!.encode(asked.texts);
    encoder = openBert(kernelFactory("wasm"), asked.model);
    return undefined;
  },
  () => {
    encoder = undefined;
  },
);
