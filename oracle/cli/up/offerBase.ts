import { join } from "node:path";
import { getBase, putBase } from "../../jobs/bases/baseFiles.ts";
import { baseHash } from "../../jobs/bases/baseList.ts";
import { getGenerator, putGenerator } from "../../jobs/bases/generatorFiles.ts";
import { type ContentFiles, createContentFiles } from "../../jobs/contentFiles.ts";
import { baseDirectory } from "../base.ts";

/** Copies an encoder that was added to where the operators of the economy find it; its hash. @throws NotFoundError for one that was not */
export async function offerBase(content: ContentFiles, name: string): Promise<string> {
  const { files, hash } = keptBase(name);
  return putBase(content, await getBase(files, hash));
}

/** The same for a generator. */
export async function offerGenerator(content: ContentFiles, name: string): Promise<string> {
  const { files, hash } = keptBase(name);
  return putGenerator(content, await getGenerator(files, hash));
}

function keptBase(name: string) {
  const kept = baseDirectory({});
  return { files: createContentFiles(join(kept, "content"), []), hash: baseHash(kept, name) };
}
