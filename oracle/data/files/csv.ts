import { CsvError } from "csv-parse";
import { parse } from "csv-parse/sync";
import { DataError } from "../errors.ts";
import { lineEnds } from "./lines.ts";
import { malformedRow } from "./rows.ts";
import type { Table, TableRow } from "./table.ts";
import { tableRow } from "./table.ts";

const DELIMITERS = { ",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars" } as const;
type Delimiter = keyof typeof DELIMITERS;

/** Longest record, in bytes: bounds how far a quote that is never closed can read. */
const MAX_RECORD_LENGTH = 1 << 18;
/** With more broken quotes than this the file is something else than CSV. */
const MAX_BROKEN_RECORDS = 1_000;
/** How Excel names the delimiter in a line before the header. */
const SEPARATOR_LINE = /^sep=(.)$/u;

/**
 * The table of a CSV file (RFC 4180 quoting) whose first line names the columns. Fields are separated by what separates the most names in that line:
 * commas, semicolons (Excel in much of the world), tabs or bars. Lines may end in LF, CRLF or CR, and not all alike. A row's line is the one on
 * which it ends.
 */
export function readCsvTable(file: string, bytes: Buffer): Table {
  const { delimiter, body } = delimiterOf(bytes);
  const [header, ...records] = readRecords(file, bytes, body, delimiter);
  if (header?.problem !== undefined) throw new DataError(header.problem.problem, { file, row: header.line });
  const { names, notes } = distinct(header?.fields.map((name) => name.trim()) ?? []);
  const rows = records.map(({ line, fields, problem }): TableRow => {
    if (problem !== undefined) return { row: line, problem };
    return tableRow(line, () => {
      if (fields.length !== names.length) {
        throw malformedRow(
          `${fields.length} fields`,
          `the header names ${names.length}`,
          "quote fields that contain the delimiter or a line end",
        );
      }
      return Object.fromEntries(names.flatMap((name, i) => (name === "" ? [] : [[name, fields[i]] as const])));
    });
  });
  return { format: `CSV, fields separated by ${DELIMITERS[delimiter]}`, rows, notes };
}

type CsvRecord = { readonly line: number } & (
  | { readonly fields: string[]; readonly problem?: undefined }
  | { readonly fields?: undefined; readonly problem: DataError }
);

/** Of columns with one name the first keeps it. */
function distinct(header: readonly string[]): { readonly names: string[]; readonly notes: string[] } {
  const notes: string[] = [];
  const names = header.map((name, i) => {
    if (name === "" || header.indexOf(name) === i) return name;
    notes.push(
      `the header names "${name}" more than once: column ${header.indexOf(name) + 1} is taken, column ${i + 1} is not`,
    );
    return `${name} (column ${i + 1})`;
  });
  return { names, notes };
}

/** The delimiter, and where the header begins. */
function delimiterOf(bytes: Buffer): { readonly delimiter: Delimiter; readonly body: number } {
  for (const { start, end, next } of lineEnds(bytes)) {
    const line = bytes.toString("utf8", start, end);
    if (line.trim() === "") continue;
    const named = SEPARATOR_LINE.exec(line)?.[1];
    if (named !== undefined && named in DELIMITERS) return { delimiter: named as Delimiter, body: next };
    const outside = line.replace(/"[^"]*"/gu, "");
    const counts = (Object.keys(DELIMITERS) as Delimiter[]).map((delimiter) => ({
      delimiter,
      count: outside.split(delimiter).length,
    }));
    return { delimiter: counts.reduce((most, one) => (one.count > most.count ? one : most)).delimiter, body: start };
  }
  return { delimiter: ",", body: 0 };
}

/**
 * All records from `body` on. After one with broken quotes the parser starts afresh on the line that follows the one where it began, so an unclosed
 * quote costs one row, not the rest of the file.
 */
function readRecords(file: string, bytes: Buffer, body: number, delimiter: Delimiter): CsvRecord[] {
  const records: CsvRecord[] = [];
  const lineAt = lineCounter(bytes);
  let start = body;
  for (let broken = 0; start < bytes.length; broken++) {
    if (broken > MAX_BROKEN_RECORDS) throw notCsv(file);
    let end = start;
    const options = {
      delimiter,
      record_delimiter: ["\r\n", "\n", "\r"],
      skip_empty_lines: true,
      relax_column_count: true,
      max_record_size: MAX_RECORD_LENGTH,
      on_record: (fields: string[], context: { bytes: number }) => {
        end = start + context.bytes;
        if (fields.length > 1 || fields[0]!.trim() !== "") records.push({ fields, line: lineAt(end) });
        return null;
      },
    };
    try {
      parse(bytes.subarray(start), options);
      break;
    } catch (error) {
      if (!(error instanceof CsvError)) throw error;
      const bad = firstLineWithText(bytes, end);
      start = bad.next;
      const problem = malformedRow(
        error.message.split(":")[0]!,
        `fields follow RFC 4180, a record has at most ${MAX_RECORD_LENGTH} bytes`,
        "close the quotes, and double a quote inside a quoted field",
      );
      records.push({ line: lineAt(bad.next), problem });
    }
  }
  return records;
}

function firstLineWithText(bytes: Buffer, from: number): { readonly next: number } {
  for (const { start, end, next } of lineEnds(bytes.subarray(from))) {
    if (bytes.toString("utf8", from + start, from + end).trim() !== "") return { next: from + next };
  }
  return { next: bytes.length };
}

/** The line that ends at a position, or holds it; positions are asked in ascending order. */
function lineCounter(bytes: Buffer): (position: number) => number {
  const lines = lineEnds(bytes);
  let [line, reached] = [0, 0];
  return (position) => {
    while (reached < position) {
      const next = lines.next();
      if (next.done === true) break;
      reached = next.value.next;
      line++;
    }
    return line;
  };
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
