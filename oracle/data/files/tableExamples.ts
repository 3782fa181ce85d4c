import { requireReadable } from "../checkedText.ts";
import { DataError, shown } from "../errors.ts";
import type { TextExample } from "../example.ts";
import type { ExampleMeta } from "../exampleMeta.ts";
import { textExample } from "../example.ts";
import { labelOf } from "../labels.ts";
import type { Columns } from "./columns.ts";
import type { RowPolicy } from "./rows.ts";
import { goodRow } from "./rows.ts";
import type { Fields, Table } from "./table.ts";

/**
 * Text examples of a table's rows; columns other than text and label become `meta`.
 *
 * @throws DataError with file and line at the first bad row, unless the policy skips bad rows; `file-malformed` for columns that were written as rows.
 */
export function tableExamples(file: string, table: Table, columns: Columns, policy: RowPolicy): TextExample[] {
  requireRows(file, table, columns);
  const classes = table.classNames?.get(columns.label);
  const examples: TextExample[] = [];
  for (const { row, fields, problem } of table.rows) {
    const example = goodRow(policy, file, row, () => {
      if (problem !== undefined) throw problem;
      return exampleOf(fields, columns, classes);
    });
    if (example !== undefined) examples.push(example);
  }
  return examples;
}

/** A text of a file, checked. @throws DataError `example-invalid` */
export function fileExample(text: unknown, label: unknown, meta: ExampleMeta = {}): TextExample {
  const example = textExample(text, labelOf(label), meta);
  requireReadable(example.input);
  return example;
}

function exampleOf(fields: Fields, { text, label }: Columns, classes: readonly string[] | undefined): TextExample {
  const named = classes?.[Number(fields[label])];
  return fileExample(fields[text], named ?? fields[label], metaOf(fields, text, label));
}

/** Fields that describe the row; those of `meta`, as the project's own files have it, beside the others. */
export function metaOf(fields: Fields, ...used: readonly string[]): ExampleMeta {
  const entries = Object.entries(fields).flatMap(([name, value]) => {
    if (used.includes(name)) return [];
    return name === "meta" && isRecord(value) ? Object.entries(value) : [[name, value] as const];
  });
  return Object.fromEntries(
    entries.flatMap(([name, value]) => (value === null || value === undefined ? [] : [[name, asText(value)] as const])),
  );
}

function asText(value: unknown): string {
  return typeof value === "string"
    ? value
    : JSON.stringify(value, (_, v: unknown) => (typeof v === "bigint" ? `${v}` : v));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** One row whose text and label are collections is a table written column by column, as pandas does. */
function requireRows(file: string, { rows }: Table, { text, label }: Columns): void {
  const [only, second] = rows;
  if (only?.fields === undefined || second !== undefined) return;
  const values = [only.fields[text], only.fields[label]];
  if (values.some((value) => typeof value !== "object" || value === null)) return;
  throw new DataError(
    {
      code: "file-malformed",
      value: `one row whose ${shown(text)} and ${shown(label)} are collections: columns, not rows`,
      limit: "a row has one text and one label",
      remedy: 'write rows, for example with pandas: frame.to_json("rows.jsonl", orient="records", lines=True)',
    },
    { file },
  );
}
