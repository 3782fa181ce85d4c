import { toJson } from "../common/json.ts";

/** How a command shows its result: readable lines, or one JSON document with `--json`. */
export interface Output {
  readonly json: boolean;
  /** Lines for people; nothing with `--json`. */
  say(text: string): void;
  /** The result: printed as JSON with `--json`, otherwise through `render`. */
  result<T>(value: T, render: (value: T) => string): void;
}

export function createOutput(json: boolean): Output {
  return {
    json,
    say: (text) => {
      if (!json) process.stdout.write(`${text}\n`);
    },
    result: (value, render) => void process.stdout.write(`${json ? toJson(value, 2) : render(value)}\n`),
  };
}

export interface Column<Row> {
  readonly title: string;
  readonly value: (row: Row) => string;
  readonly align?: "right";
}

/** A table in plain text, columns as wide as their widest cell. */
export function table<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): string {
  const cells = [columns.map((column) => column.title), ...rows.map((row) => columns.map((c) => c.value(row)))];
  const widths = columns.map((_, c) => Math.max(...cells.map((line) => line[c]!.length)));
  const render = (line: readonly string[]) =>
    line
      .map((cell, c) => (columns[c]!.align === "right" ? cell.padStart(widths[c]!) : cell.padEnd(widths[c]!)))
      .join("  ")
      .trimEnd();
  const [head, ...body] = cells.map(render);
  return [head, widths.map((width) => "─".repeat(width)).join("  "), ...body].join("\n");
}
