import { DataError } from "../errors.ts";
import { readTextBytes } from "./bytes.ts";
import { arrayElements } from "./jsonArray.ts";
import { MAX_ROW_BYTES, parseRow } from "./jsonText.ts";
import { lineEnds } from "./lines.ts";
import type { RowPolicy } from "./rows.ts";
import { goodRow, malformedRow } from "./rows.ts";
import type { Fields, Table, TableRow } from "./table.ts";
import { tableRow } from "./table.ts";

const OPEN_BRACKET = 0x5b;
const OPEN_BRACE = 0x7b;

/** Rows of a JSONL file through a parser of the caller's, which throws a DataError for a row that it refuses. */
export function readJsonlRows<T>(file: string, policy: RowPolicy, parse: (value: unknown) => T): T[] {
  const rows: T[] = [];
  for (const { row, bytes } of linesOf(readTextBytes(file))) {
    const value = goodRow(policy, file, row, () => parse(parseRow(bytes)));
    if (value !== undefined) rows.push(value);
  }
  return rows;
}

/**
 * The table of a JSON file: an object per line (JSON Lines), or an array of objects. Which of them it is the file says, not its name.
 *
 * @throws DataError `file-malformed` for one object over several lines, with its fields.
 */
export function readJsonTable(file: string, bytes: Buffer): Table {
  const first = bytes.findIndex((byte) => !isBlank(byte));
  const isArray = bytes[first] === OPEN_BRACKET;
  if (!isArray && bytes[first] === OPEN_BRACE) requireLines(file, bytes);
  const rows: TableRow[] = [];
  for (const { row, bytes: text } of isArray ? arrayElements(bytes, first) : linesOf(bytes)) {
    rows.push(tableRow(row, () => asRecord(parseRow(text))));
  }
  return { format: isArray ? "a JSON array" : "JSON, a row per line", rows };
}

function* linesOf(bytes: Buffer): Generator<{ row: number; bytes: Buffer }> {
  let row = 0;
  for (const { start, end } of lineEnds(bytes)) {
    row++;
    const line = bytes.subarray(start, end);
    if (!line.every(isBlank)) yield { row, bytes: line };
  }
}

function asRecord(value: unknown): Fields {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Fields;
  throw malformedRow(
    typeof value === "object" ? "a row that is no object" : `a row that is ${JSON.stringify(value).slice(0, 60)}`,
    'a row is an object such as {"text": "…", "label": "…"}',
    "name its fields",
  );
}

/** @throws DataError when the first line is no whole object but the file is one */
function requireLines(file: string, bytes: Buffer): void {
  const [first] = linesOf(bytes);
  if (first === undefined || bytes.length > MAX_ROW_BYTES || isJson(first.bytes)) return;
  const whole = bytes.toString("utf8");
  let value: unknown;
  try {
    value = JSON.parse(whole);
  } catch {
    return;
  }
  const keys = Object.keys(value as object);
  const list = keys.find((key) => Array.isArray((value as Record<string, unknown>)[key]));
  throw new DataError(
    {
      code: "file-malformed",
      value: `one object over several lines, with the fields ${keys.slice(0, 8).join(", ")}`,
      limit: "a JSON file is an object per line, or an array of objects",
      remedy: `take the rows out: jq -c '${list === undefined ? "." : `.${list}[]`}' FILE > rows.jsonl`,
    },
    { file },
  );
}

function isJson(bytes: Buffer): boolean {
  try {
    JSON.parse(bytes.toString("utf8"));
    return true;
  } catch {
    return false;
  }
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
}
