import { basename, extname } from "node:path";
import { DataError } from "../errors.ts";
import type { RowExample } from "../example.ts";
import { readBytes } from "../files/bytes.ts";
import { type BadRow, createRowPolicy } from "../files/rows.ts";
import { TABLE_ENDINGS, tableOf } from "../files/tableOf.ts";
import { chooseRowColumns, type RowColumns, tableRows } from "./tableRows.ts";

export interface LoadRowsOptions {
  /** The column that is to be foretold from the others. */
  readonly target: string;
  /** Leave bad rows out and list them, instead of stopping at the first. Default false. */
  readonly skipBad?: boolean;
}

/** The rows of a table, and how they were read. */
export interface LoadedRows {
  readonly examples: RowExample[];
  readonly badRows: BadRow[];
  /** For people: what kind of file this is. */
  readonly format: string;
  readonly columns: RowColumns;
  readonly notes: readonly string[];
}

/**
 * The rows of a table (`.csv`, `.tsv`, `.jsonl`, `.json`, `.parquet`, each perhaps followed by `.gz`) as numbers and
 * categories with the category of a declared target.
 *
 * @throws DataError `option-invalid` for another ending, `file-empty` without a good row, the readers' errors
 */
export function loadRows(file: string, { target, skipBad = false }: LoadRowsOptions): LoadedRows {
  const ending = extname(basename(file.toLowerCase(), ".gz"));
  if (!TABLE_ENDINGS.includes(ending)) {
    throw unusable(file, "option-invalid", `the ending "${ending}"`, `tables end in ${TABLE_ENDINGS.join(", ")}`, "convert it"); // prettier-ignore
  }
  const policy = createRowPolicy(skipBad);
  const table = tableOf(file, ending, readBytes(file));
  const columns = chooseRowColumns(file, table, target);
  const examples = tableRows(file, table, columns, policy);
  const first = policy.bad[0];
  if (examples.length === 0) {
    const value = first === undefined ? "there is no row" : `every row is bad; the first: ${first.message}`;
    throw unusable(file, "file-empty", value, "a table has at least one good row", "put rows in it or leave it out");
  }
  return { examples, badRows: policy.bad, format: table.format, columns, notes: table.notes ?? [] };
}

function unusable(
  file: string,
  code: "option-invalid" | "file-empty",
  value: string,
  limit: string,
  remedy: string,
): DataError {
  return new DataError({ code, value, limit, remedy }, { file });
}
