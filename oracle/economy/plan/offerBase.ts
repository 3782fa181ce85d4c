import { join } from "node:path";
import { getBase, putBase } from "../../jobs/bases/baseFiles.ts";
import { baseHash } from "../../jobs/bases/baseList.ts";
import { getGenerator, putGenerator } from "../../jobs/bases/generatorFiles.ts";
import { type ContentFiles, createContentFiles } from "../../jobs/contentFiles.ts";

/** Copies an encoder that was added to where the operators of the economy find it; its hash. @throws NotFoundError for one that was not */
export async function offerBase(content: ContentFiles, kept: string, name: string): Promise<string> {
  const { files, hash } = keptBase(kept, name);
  return putBase(content, await getBase(files, hash));
}

/** The same for a generator. */
export async function offerGenerator(content: ContentFiles, kept: string, name: string): Promise<string> {
  const { files, hash } = keptBase(kept, name);
  return putGenerator(content, await getGenerator(files, hash));
}

function keptBase(kept: string, name: string) {
  return { files: createContentFiles(join(kept, "content"), []), hash: baseHash(kept, name) };
}
