import { toJson } from "../common/json.ts";
import { printable, printableJson, printableLines, withPrintableStrings } from "../common/printable.ts";

/** How a command shows its result: readable lines, or one JSON document with `--json`. */
export interface Output {
  readonly json: boolean;
  /** Lines for people; nothing with `--json`. Line ends in what strangers wrote have to be escaped by the caller. */
  say(text: string): void;
  /** The result: printed as JSON with `--json`, otherwise through `render`, which gets it with printable strings. */
  result<T>(value: T, render: (value: T) => string): void;
}

export function createOutput(json: boolean): Output {
  return {
    json,
    say: (text) => {
      if (!json) process.stdout.write(`${printableLines(text)}\n`);
    },
    result: (value, render) => {
      const text = json ? printableJson(toJson(value, 2)) : printableLines(render(withPrintableStrings(value)));
      process.stdout.write(`${text}\n`);
    },
  };
}

/** OPEN with six decimals, for people to compare; `--json` has the exact amounts. */
export function formatRounded(wei: bigint): string {
  return (Number(wei / 10n ** 12n) / 10 ** 6).toFixed(6);
}

export interface Column<Row> {
  readonly title: string;
  readonly value: (row: Row) => string;
  readonly align?: "right";
}

/** A table in plain text, columns as wide as their widest cell. */
export function table<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): string {
  const cells = [
    columns.map((column) => column.title),
    ...rows.map((row) => columns.map((c) => printable(c.value(row)))),
  ];
  const widths = columns.map((_, c) => Math.max(...cells.map((line) => line[c]!.length)));
  const render = (line: readonly string[]) =>
    line
      .map((cell, c) => (columns[c]!.align === "right" ? cell.padStart(widths[c]!) : cell.padEnd(widths[c]!)))
      .join("  ")
      .trimEnd();
  const [head, ...body] = cells.map(render);
  return [head, widths.map((width) => "─".repeat(width)).join("  "), ...body].join("\n");
}
