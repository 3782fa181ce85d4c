import { existsSync, statSync } from "node:fs";
import { basename, extname } from "node:path";
import { DataError } from "./errors.ts";
import type { TextExample } from "./example.ts";
import { readBytes, textBytes } from "./files/bytes.ts";
import type { Columns, NamedColumns } from "./files/columns.ts";
import { chooseColumns } from "./files/columns.ts";
import { readCsvTable } from "./files/csv.ts";
import { readJsonTable } from "./files/jsonl.ts";
import { isParquet, readParquetTable } from "./files/parquet.ts";
import { readParagraphs } from "./files/plainText.ts";
import type { BadRow, RowPolicy } from "./files/rows.ts";
import { createRowPolicy } from "./files/rows.ts";
import type { Table } from "./files/table.ts";
import { tableExamples } from "./files/tableExamples.ts";
import { isTextFolder, readTextFolder } from "./files/textFolder.ts";

export interface LoadFileOptions {
  /** Leave bad rows out and list them, instead of stopping at the first. Default false. */
  readonly skipBad?: boolean;
  /** Label of every paragraph of a plain text file. Needed there, unused elsewhere. */
  readonly label?: string;
  /** Columns (fields) of a table. Default: guessed by their names. */
  readonly textColumn?: string;
  readonly labelColumn?: string;
}

/** The examples of a file, and how they were found in it. */
export interface LoadedFile {
  readonly examples: TextExample[];
  readonly badRows: BadRow[];
  /** For people: what kind of file this is. */
  readonly format: string;
  /** Of a table. */
  readonly columns?: Columns;
  readonly notes: readonly string[];
}

/**
 * Text examples of one file, as a contributor hands it in: a table (`.csv`, `.tsv`, `.jsonl`, `.json`, `.parquet`), paragraphs of one label (`.txt`),
 * each perhaps followed by `.gz`; or a folder of folders of text files, one for each label.
 *
 * @throws DataError `option-invalid` for another ending or a text file without a label, `file-malformed` for what is no such file, by its true name,
 * `file-empty` for one without a good row; the readers' errors.
 */
export function loadFile(file: string, options: LoadFileOptions = {}): LoadedFile {
  const policy = createRowPolicy(options.skipBad ?? false);
  const loaded = isFolder(file) ? loadTexts(file, policy) : loadOne(file, options, policy);
  if (loaded.examples.length > 0) return { notes: [], ...loaded, badRows: policy.bad };
  const left = policy.bad.length;
  throw new DataError(
    {
      code: "file-empty",
      value: left === 0 ? "there is no row" : `all ${left} rows are bad; the first: ${policy.bad[0]!.message}`,
      limit: "a data file has at least one good row",
      remedy: "put rows in it or leave it out",
    },
    { file },
  );
}

type Loaded = Omit<LoadedFile, "badRows" | "notes"> & { readonly notes?: readonly string[] };

function loadOne(file: string, options: LoadFileOptions, policy: RowPolicy): Loaded {
  const bytes = readBytes(file);
  const extension = extname(basename(file.toLowerCase(), ".gz"));
  if (isParquet(bytes)) return loadTable(file, readParquetTable(file, bytes), options, policy);
  const text = textBytes(file, bytes);
  switch (extension) {
    case ".jsonl":
    case ".ndjson":
    case ".json":
      return loadTable(file, readJsonTable(file, text), options, policy);
    case ".csv":
    case ".tsv":
      return loadTable(file, readCsvTable(file, text), options, policy);
    case ".txt":
      if (options.label === undefined) {
        throw unusable(file, "a text file without a label", "its paragraphs need one", "give it with --label");
      }
      return {
        format: "plain text, an example per paragraph",
        examples: readParagraphs(file, text, options.label, policy),
      };
    default:
      throw unusable(
        file,
        `the ending "${extension}"`,
        "files end in .csv, .tsv, .jsonl, .json, .parquet or .txt",
        "rename it after what it is, or convert it",
      );
  }
}

function loadTable(file: string, table: Table, options: LoadFileOptions, policy: RowPolicy): Loaded {
  const { format, notes } = table;
  const named: NamedColumns = {
    ...(options.textColumn !== undefined && { text: options.textColumn }),
    ...(options.labelColumn !== undefined && { label: options.labelColumn }),
  };
  const columns = chooseColumns(file, table, named);
  return { format, columns, examples: tableExamples(file, table, columns, policy), ...(notes && { notes }) };
}

function loadTexts(dir: string, policy: RowPolicy): Loaded {
  if (isTextFolder(dir)) {
    return { format: "a folder of texts for each label", examples: readTextFolder(dir, policy) };
  }
  throw unusable(
    dir,
    "this folder holds no folders of .txt files",
    "a folder has one for each label",
    "give one of its files",
  );
}

function isFolder(file: string): boolean {
  return existsSync(file) && statSync(file).isDirectory();
}

function unusable(file: string, value: string, limit: string, remedy: string): DataError {
  return new DataError({ code: "option-invalid", value, limit, remedy }, { file });
}
