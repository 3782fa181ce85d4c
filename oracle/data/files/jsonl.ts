import { z } from "zod";
import { shown } from "../errors.ts";
import type { TextExample } from "../example.ts";
import { textExample } from "../example.ts";
import { readText } from "./bytes.ts";
import type { RowPolicy } from "./rows.ts";
import { goodRow, malformedRow } from "./rows.ts";

const exampleRow = z.strictObject({
  text: z.unknown(),
  label: z.unknown(),
  meta: z.record(z.string(), z.string()).optional(),
});

/**
 * Text examples of a JSONL file (UTF-8, may be gzip): one `{"text": …, "label": …, "meta"?: {…}}` per line. Blank lines
 * are ignored.
 *
 * @throws DataError with file and line at the first bad line, unless the policy skips bad rows.
 */
export function readJsonlExamples(file: string, policy: RowPolicy): TextExample[] {
  return readJsonlRows(file, policy, (value) => {
    const row = exampleRow.safeParse(value);
    if (!row.success) {
      throw malformedRow(
        shown(value),
        'a row is {"text": …, "label": …, "meta"?: {…}}',
        "move other fields into meta, as strings",
      );
    }
    return textExample(row.data.text, row.data.label, row.data.meta);
  });
}

/** Rows of a JSONL file through a parser of the caller's, which throws a DataError for a row that it refuses. */
export function readJsonlRows<T>(file: string, policy: RowPolicy, parse: (value: unknown) => T): T[] {
  const rows: T[] = [];
  readText(file)
    .split("\n")
    .forEach((line, index) => {
      if (line.trim() === "") return;
      const row = goodRow(policy, file, index + 1, () => parse(parseJson(line)));
      if (row !== undefined) rows.push(row);
    });
  return rows;
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw malformedRow(shown(line), "a line is one JSON value", "check its quotes and commas");
  }
}
