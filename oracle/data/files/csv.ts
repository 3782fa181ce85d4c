import { CsvError } from "csv-parse";
import { parse } from "csv-parse/sync";
import { DataError, shown } from "../errors.ts";
import type { TextExample } from "../example.ts";
import { textExample } from "../example.ts";
import { readText } from "./bytes.ts";
import type { RowPolicy } from "./rows.ts";
import { goodRow, malformedRow } from "./rows.ts";

export interface CsvColumns {
  readonly text: string;
  readonly label: string;
  /** "," (the default) or a tab. */
  readonly delimiter?: "," | "\t";
}

/**
 * Text examples of a CSV file (RFC 4180 quoting, UTF-8, may be gzip) whose first line names the columns. Columns other
 * than text and label become `meta`. The line of a row is the one on which it ends.
 *
 * @throws DataError `file-malformed` when a column is missing; with file and line at the first bad row, unless the
 * policy skips bad rows.
 */
export function readCsvExamples(file: string, columns: CsvColumns, policy: RowPolicy): TextExample[] {
  const [header, ...rows] = readCsvRecords(file, columns.delimiter ?? ",", policy);
  const names = header?.fields ?? [];
  const textColumn = names.indexOf(columns.text);
  const labelColumn = names.indexOf(columns.label);
  if (textColumn < 0 || labelColumn < 0) {
    throw new DataError(
      {
        code: "file-malformed",
        value: `the header is ${shown(names)}`,
        limit: `it must name the columns "${columns.text}" and "${columns.label}"`,
        remedy: "add a header line",
      },
      { file, row: 1 },
    );
  }
  const examples: TextExample[] = [];
  for (const { fields, line } of rows) {
    const example = goodRow(policy, file, line, () => {
      if (fields.length !== names.length) {
        throw malformedRow(
          `${fields.length} fields`,
          `the header names ${names.length}`,
          "quote fields that contain the delimiter or a line end",
        );
      }
      const meta = names.flatMap((name, i) =>
        i === textColumn || i === labelColumn ? [] : [[name, fields[i]!] as const],
      );
      return textExample(fields[textColumn], fields[labelColumn], Object.fromEntries(meta));
    });
    if (example !== undefined) examples.push(example);
  }
  return examples;
}

interface CsvRecord {
  readonly fields: string[];
  readonly line: number;
}

/** Longest record, in characters: bounds how far a quote that is never closed can read. */
const MAX_RECORD_LENGTH = 1 << 18;
/** With more broken quotes than this the file is something else than CSV. */
const MAX_BROKEN_RECORDS = 1_000;

/**
 * All records. After one with broken quotes the parser starts afresh on the line that follows the one where it began, so
 * an unclosed quote costs one row, not the rest of the file.
 */
function readCsvRecords(file: string, delimiter: string, policy: RowPolicy): CsvRecord[] {
  const lines = readText(file).split(/(?<=\n)/);
  const records: CsvRecord[] = [];
  let start = 0;
  for (let broken = 0; start < lines.length; broken++) {
    if (broken > MAX_BROKEN_RECORDS) throw notCsv(file);
    let end = start;
    const options = {
      delimiter,
      skip_empty_lines: true,
      relax_column_count: true,
      max_record_size: MAX_RECORD_LENGTH,
      on_record: (fields: string[], context: { lines: number }) => {
        end = start + context.lines;
        records.push({ fields, line: end });
        return null;
      },
    };
    try {
      parse(lines.slice(start).join(""), options);
      break;
    } catch (error) {
      if (!(error instanceof CsvError)) throw error;
      while (lines[end]?.trim() === "") end++;
      start = end + 1;
      goodRow(policy, file, start, () => {
        throw malformedRow(
          error.message.split(":")[0]!,
          `fields follow RFC 4180, a record has at most ${MAX_RECORD_LENGTH} characters`,
          "close the quotes, and double a quote inside a quoted field",
        );
      });
    }
  }
  return records;
}

function notCsv(file: string): DataError {
  return new DataError(
    {
      code: "file-malformed",
      value: `more than ${MAX_BROKEN_RECORDS} records have broken quotes`,
      limit: "fields follow RFC 4180",
      remedy: "export the file as CSV again",
    },
    { file },
  );
}
