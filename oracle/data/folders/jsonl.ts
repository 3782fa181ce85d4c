import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { DataError, mismatches } from "../errors.ts";
import { readText } from "../files/bytes.ts";
import { readJsonExamples } from "../files/readTable.ts";
import type { RowPolicy } from "../files/rows.ts";
import type { FolderFormat } from "./format.ts";

const descriptionFile = z.object({
  name: z.string().min(1).max(128),
  licence: z.string().min(1).max(128),
  source: z.string().min(1).max(1024),
});

/**
 * The project's own format: `dataset.json` with name, licence (SPDX) and source, `train.jsonl`, and where there are any
 * `quality.jsonl`, `test.jsonl` and `off-domain.jsonl`.
 */
export const jsonlFolder: FolderFormat = {
  name: "jsonl",
  markers: ["dataset.json", "train.jsonl"],
  read(dir, policy) {
    const { name, licence, source } = readDescription(join(dir, "dataset.json"));
    return {
      name,
      licence,
      source,
      train: readJsonExamples(join(dir, "train.jsonl"), policy),
      quality: readIfThere(join(dir, "quality.jsonl"), policy),
      test: readIfThere(join(dir, "test.jsonl"), policy),
      offDomain: readIfThere(join(dir, "off-domain.jsonl"), policy),
    };
  },
};

function readIfThere(file: string, policy: RowPolicy) {
  return existsSync(file) ? readJsonExamples(file, policy) : [];
}

function readDescription(file: string): z.infer<typeof descriptionFile> {
  let value: unknown;
  try {
    value = JSON.parse(readText(file));
  } catch (error) {
    if (error instanceof DataError) throw error;
    throw malformed(file, "it is not JSON");
  }
  const description = descriptionFile.safeParse(value);
  if (!description.success) throw malformed(file, mismatches(description.error));
  return description.data;
}

function malformed(file: string, value: string): DataError {
  return new DataError(
    {
      code: "file-malformed",
      value,
      limit: "it holds name, licence and source as strings",
      remedy: "correct the file",
    },
    { file },
  );
}
