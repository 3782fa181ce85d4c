import { existsSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { DataError } from "../errors.ts";
import type { TextExample } from "../example.ts";
import { loadFile } from "../loadFile.ts";
import type { RowPolicy } from "../files/rows.ts";
import type { FolderContents } from "./format.ts";

/** Which part of a data set a file is, by how Hugging Face and Kaggle name files: `train.csv`, `test-00000-of-00001.parquet`. */
const FILE_NAME =
  /^(train|training|test|testing|validation|valid|val|dev)(?:-\d+-of-\d+)?\.(?:csv|tsv|jsonl|ndjson|json|parquet)(?:\.gz)?$/u;
const PARTS: ReadonlyMap<string, "train" | "test" | "quality"> = new Map([
  ...(["train", "training"] as const).map((name) => [name, "train"] as const),
  ...(["test", "testing"] as const).map((name) => [name, "test"] as const),
  ...(["validation", "valid", "val", "dev"] as const).map((name) => [name, "quality"] as const),
]);
const UNKNOWN = "unknown";

/** Whether a folder, or `data/` in it, holds a training table. */
export function isTableFolder(dir: string): boolean {
  return filesOf(dir, "train").length > 0;
}

/** Tables named after the parts of a data set. Validation rows are the quality set. */
export function readTableFolder(dir: string, policy: RowPolicy): FolderContents {
  const read = (part: "train" | "test" | "quality"): TextExample[] =>
    filesOf(dir, part).flatMap((file) => readAll(file, policy));
  return {
    ...{ name: basename(dir), licence: UNKNOWN, source: dir, offDomain: [] },
    ...{ train: read("train"), quality: read("quality"), test: readLabelled(() => read("test")) },
  };
}

/** One file, or a folder of texts per label, as a data set: every row is for training. */
export function readSingle(path: string, policy: RowPolicy): FolderContents {
  const nothing = { quality: [], test: [], offDomain: [] };
  return { name: basename(path), licence: UNKNOWN, source: path, train: readAll(path, policy), ...nothing };
}

function readAll(file: string, policy: RowPolicy): TextExample[] {
  const { examples, badRows } = loadFile(file, { skipBad: policy.skipBad });
  policy.bad.push(...badRows);
  return examples;
}

/** The test files of competitions have no labels; rows to test on are then taken from the others. */
function readLabelled(read: () => TextExample[]): TextExample[] {
  try {
    return read();
  } catch (error) {
    if (error instanceof DataError && error.problem.code === "columns-unknown") return [];
    throw error;
  }
}

/** In order of their names. */
function filesOf(dir: string, part: "train" | "test" | "quality"): string[] {
  return [dir, join(dir, "data")].flatMap((folder) =>
    existsSync(folder)
      ? readdirSync(folder)
          .filter((name) => PARTS.get(FILE_NAME.exec(name)?.[1] ?? "") === part)
          .sort()
          .map((name) => join(folder, name))
      : [],
  );
}
