import type { TextExample } from "../example.ts";
import { readTextBytes } from "./bytes.ts";
import type { NamedColumns } from "./columns.ts";
import { chooseColumns } from "./columns.ts";
import { readCsvTable } from "./csv.ts";
import { readJsonTable } from "./jsonl.ts";
import type { RowPolicy } from "./rows.ts";
import { tableExamples } from "./tableExamples.ts";

/** The examples of a CSV file whose columns are known. */
export function readCsvExamples(file: string, columns: NamedColumns, policy: RowPolicy): TextExample[] {
  const table = readCsvTable(file, readTextBytes(file));
  return tableExamples(file, table, chooseColumns(file, table, columns), policy);
}

/** The examples of a JSON file in the project's own form: {"text", "label", "meta"?}. */
export function readJsonExamples(file: string, policy: RowPolicy): TextExample[] {
  const table = readJsonTable(file, readTextBytes(file));
  return tableExamples(file, table, { text: "text", label: "label", others: [], guessed: false }, policy);
}
