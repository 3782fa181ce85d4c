import { existsSync, readdirSync, statSync } from "node:fs";
import type { Dataset } from "./dataset.ts";
import { labelsOf, thinned } from "./dataset.ts";
import { DataError } from "./errors.ts";
import type { RowPolicy } from "./files/rows.ts";
import { createRowPolicy } from "./files/rows.ts";
import { isTextFolder } from "./files/textFolder.ts";
import { banking77 } from "./folders/banking77.ts";
import { clinc150 } from "./folders/clinc150.ts";
import { cuad } from "./folders/cuad.ts";
import type { FolderContents, FolderFormat } from "./folders/format.ts";
import { jsonlFolder } from "./folders/jsonl.ts";
import { medquad } from "./folders/medquad.ts";
import { mnist } from "./folders/mnist.ts";
import { isTableFolder, readSingle, readTableFolder } from "./folders/tables.ts";
import { tinyShakespeare } from "./folders/tinyShakespeare.ts";

/** Every format, in the order in which they are tried. */
export const FOLDER_FORMATS: readonly FolderFormat[] = [
  jsonlFolder,
  clinc150,
  banking77,
  medquad,
  cuad,
  mnist,
  tinyShakespeare,
];

export interface LoadOptions {
  /** Leave bad rows out and list them in `badRows`, instead of stopping at the first. Default false. */
  readonly skipBad?: boolean;
  /** Keep at most this many rows of each split, evenly spaced. Default all. */
  readonly limit?: number;
}

/**
 * Loads a folder in any of {@link FOLDER_FORMATS}, a folder of tables named after their part (`train.csv`, `test.parquet`), a folder of texts per label,
 * or one file. The same folder gives the same rows in the same order everywhere.
 *
 * @throws DataError `folder-unknown` when no format recognises it; the reader's errors; `option-invalid`.
 */
export function loadFolder(dir: string, options: LoadOptions = {}): Dataset {
  const { skipBad = false, limit = Infinity } = options;
  if (limit !== Infinity && (!Number.isInteger(limit) || limit < 1)) {
    throw new DataError({
      code: "option-invalid",
      value: `limit is ${limit}`,
      limit: "a limit is a positive integer",
      remedy: "leave it out to load every row",
    });
  }
  const policy = createRowPolicy(skipBad);
  const { name, licence, source, ...splits } = readContents(dir, policy);
  const kind = splits.train[0]?.kind;
  if (kind === undefined) {
    throw new DataError(
      {
        code: "file-empty",
        value: `${policy.bad.length} bad rows and no good one to train on`,
        limit: "a data set has at least one training row",
        remedy: policy.bad[0]?.message ?? "add rows",
      },
      { file: dir },
    );
  }
  return {
    name,
    kind,
    train: thinned(splits.train, limit),
    quality: thinned(splits.quality, limit),
    test: thinned(splits.test, limit),
    offDomain: thinned(splits.offDomain, limit),
    labels: labelsOf([...splits.train, ...splits.quality, ...splits.test]),
    licence,
    source,
    badRows: policy.bad,
  };
}

function readContents(dir: string, policy: RowPolicy): FolderContents {
  const exists = existsSync(dir);
  const isFolder = exists && statSync(dir).isDirectory();
  if (exists && !isFolder) return readSingle(dir, policy);
  const entries = new Set(isFolder ? readdirSync(dir) : []);
  const format = FOLDER_FORMATS.find(({ markers }) => markers.every((marker) => entries.has(marker)));
  if (format) return format.read(dir, policy);
  if (isFolder && isTableFolder(dir)) return readTableFolder(dir, policy);
  if (isFolder && isTextFolder(dir)) return readSingle(dir, policy);
  const known = FOLDER_FORMATS.map(({ name, markers }) => `${name}: ${markers.join(", ")}`).join("; ");
  throw new DataError(
    {
      code: "folder-unknown",
      value: isFolder
        ? `it holds ${[...entries].sort().slice(0, 5).join(", ") || "nothing"}`
        : "there is no such folder",
      limit: `a file, a folder with train.csv (or .tsv, .jsonl, .json, .parquet), a folder of texts per label, or by the files in it ${known}`,
      remedy: "write the rows as train.jsonl with a dataset.json, as docs/data.md describes",
    },
    { file: dir },
  );
}
