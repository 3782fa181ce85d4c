import { join } from "node:path";
import { openBert } from "../../model/bert/bert.ts";
import { encodeInThreads } from "../../model/bert/encodeInThreads.ts";
import { kernelFactory } from "../../numerics/kernelChoice.ts";
import type { ContentFiles } from "../contentFiles.ts";
import { getBase } from "./baseFiles.ts";
import { type CachedEncoder, type EncodeBeside, withVectorCache } from "./vectorCache.ts";

/** Opens bases by their hash. */
export interface BaseEncoders {
  /** @throws ContentUnavailableError for a base that neither this machine nor a source has; as `getBase` and `openBert` */
  open(base: string): Promise<CachedEncoder>;
}

/** @param directory where the vectors of texts are kept @param workers threads that many texts are encoded in */
export function createBaseEncoders(content: Pick<ContentFiles, "get">, directory: string, workers = 1): BaseEncoders {
  const opened = new Map<string, CachedEncoder>();
  return {
    async open(base) {
      const known = opened.get(base);
      if (known !== undefined) return known;
      const encoder = openBert(kernelFactory("wasm"), await getBase(content, base));
      // read again when it is needed: this thread does not hold the weights as they were published
      const inThreads: EncodeBeside = async function* (chunks) {
        yield* encodeInThreads(await getBase(content, base), chunks, workers);
      };
      const cached = withVectorCache(encoder, join(directory, `${base}.vectors`), workers > 1 ? inThreads : undefined);
      opened.set(base, cached);
      return cached;
    },
  };
}
