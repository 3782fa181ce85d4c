import Table from "cli-table3";
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

/** Rules and gaps of a table: a line below the titles, no frame. */
const PLAIN = {
  ...{ top: "", "top-mid": "", "top-left": "", "top-right": "", left: "", "left-mid": "", mid: "─", "mid-mid": "  " },
  ...{ bottom: "", "bottom-mid": "", "bottom-left": "", "bottom-right": "", right: "", "right-mid": "", middle: "  " },
};
const STYLE = { "padding-left": 0, "padding-right": 0, head: [], border: [], compact: true };

/** A table in plain text, columns as wide as their widest cell shows. */
export function table<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): string {
  const drawn = new Table({
    head: columns.map(({ title }) => title),
    colAligns: columns.map(({ align }) => align ?? "left"),
    chars: PLAIN,
    style: STYLE,
  });
  drawn.push(...rows.map((row) => columns.map(({ value }) => printable(value(row)))));
  return drawn.toString().replace(/ +$/gmu, "");
}
