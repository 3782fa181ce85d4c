import { textBytes } from "./bytes.ts";
import { readCsvTable } from "./csv.ts";
import { readJsonTable } from "./jsonl.ts";
import { isParquet, readParquetTable } from "./parquet.ts";
import type { Table } from "./table.ts";

/** How the names of tables end, in lower case and without `.gz`. */
export const TABLE_ENDINGS: readonly string[] = [".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".parquet"];

/**
 * The table in a file's unpacked bytes.
 * @param ending one of {@link TABLE_ENDINGS}
 * @throws DataError of the readers
 */
export function tableOf(file: string, ending: string, bytes: Buffer): Table {
  if (isParquet(bytes)) return readParquetTable(file, bytes);
  const text = textBytes(file, bytes);
  return ending === ".csv" || ending === ".tsv" ? readCsvTable(file, text) : readJsonTable(file, text);
}
