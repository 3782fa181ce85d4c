import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { tempFolder } from "../../data/testing/tempFolder.ts";
import { importBert } from "../../model/bert/importBert.ts";
import { tinyBertFiles } from "../../model/bert/testing/tinyBert.ts";
import { createContentFiles } from "../contentFiles.ts";
import { createBaseEncoders } from "./baseEncoders.ts";
import { putBase } from "./baseFiles.ts";

const texts = Array.from({ length: 100 }, (_, i) => `the bees watered ${"cold ".repeat(i % 9)}cafe ${i}`);

it("keeps the same vectors in the same order with one thread and with two", async () => {
  const folder = tempFolder();
  const content = createContentFiles(join(folder, "content"), []);
  const base = await putBase(content, importBert(tinyBertFiles(3)));
  const [one, two] = await Promise.all(
    [1, 2].map(async (workers) => {
      const directory = join(folder, `${workers}`);
      const encoder = await createBaseEncoders(content, directory, workers).open(base);
      await encoder.prepare(texts);
      return { kept: readFileSync(join(directory, `${base}.vectors`)), vectors: encoder.encode(texts) };
    }),
  );
  expect(one!.kept).toHaveLength(100 * (32 + 4 * 32));
  expect(two).toEqual(one);
});
