import { join } from "node:path";
import { openBert } from "../../model/bert/bert.ts";
import { kernelFactory } from "../../numerics/kernelChoice.ts";
import type { ContentFiles } from "../contentFiles.ts";
import { getBase } from "./baseFiles.ts";
import { type CachedEncoder, withVectorCache } from "./vectorCache.ts";

/** Opens bases by their hash. */
export interface BaseEncoders {
  /** @throws ContentUnavailableError for a base that neither this machine nor a source has; as `getBase` and `openBert` */
  open(base: string): Promise<CachedEncoder>;
}

/** @param directory where the vectors of texts are kept */
export function createBaseEncoders(content: Pick<ContentFiles, "get">, directory: string): BaseEncoders {
  const opened = new Map<string, CachedEncoder>();
  return {
    async open(base) {
      const known = opened.get(base);
      if (known !== undefined) return known;
      const encoder = openBert(kernelFactory("wasm"), await getBase(content, base));
      const cached = withVectorCache(encoder, join(directory, `${base}.vectors`));
      opened.set(base, cached);
      return cached;
    },
  };
}
