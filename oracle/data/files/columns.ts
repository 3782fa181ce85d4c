import { DataError, shown } from "../errors.ts";
import type { Table } from "./table.ts";

/** The columns of a table that become text and label. */
export interface Columns {
  readonly text: string;
  readonly label: string;
  /** Whether one of them was neither named by a person nor is called "text" or "label". */
  readonly guessed: boolean;
  /** Descriptive fields. */
  readonly others: readonly string[];
}

/** Columns that a person named. */
export interface NamedColumns {
  readonly text?: string;
  readonly label?: string;
}

/** What columns are called, the likeliest name first. */
const TEXT_NAMES = [
  ...["text", "sentence", "question", "query", "utterance", "message", "request", "content", "review", "comment"],
  ...["tweet", "document", "article", "body", "prompt", "input", "description", "headline", "title"],
];
const LABEL_NAMES = [
  ...["label", "labels", "category", "class", "intent", "target", "sentiment", "topic", "subject", "tag", "type"],
  ...["genre", "emotion", "output"],
];
/** Last words of the names of columns that are never guessed. */
const BESIDE = new Set([
  "id",
  "ids",
  "idx",
  "index",
  "key",
  "uuid",
  "number",
  "row",
  "date",
  "time",
  "timestamp",
  "url",
]);
/** Rows whose fields are looked at. */
const SAMPLE = 1_000;

/**
 * Which columns are text and label: those that were named, otherwise those with a usual name (`Text`, `label`, `question`, `intent`, `review_text`, …),
 * and of two columns of which one is known the other. Two columns without usual names are told apart by their content: labels repeat.
 *
 * @throws DataError `option-invalid` for a name that is no column; `columns-unknown`, with the names of the columns, where it cannot be told.
 */
export function chooseColumns(file: string, { rows }: Pick<Table, "rows">, named: NamedColumns): Columns {
  // Nothing to choose from: the rows say themselves what is wrong with them.
  if (rows.every(({ fields }) => fields === undefined))
    return { text: "text", label: "label", others: [], guessed: false };
  const names = [...new Set(rows.slice(0, SAMPLE).flatMap(({ fields = {} }) => Object.keys(fields)))];
  const given = { text: existing(file, names, named.text, "text"), label: existing(file, names, named.label, "label") };
  const free = names.filter((name) => name !== given.text && name !== given.label && !isBeside(name));
  let text = given.text ?? usual(free, TEXT_NAMES);
  let label =
    given.label ??
    usual(
      free.filter((name) => name !== text),
      LABEL_NAMES,
    );
  if (free.length <= 2) {
    const rest = free.filter((name) => name !== text && name !== label);
    if (text === undefined && label === undefined && rest.length === 2) {
      label = repeating(rows, rest);
      text = label === undefined ? undefined : rest.find((name) => name !== label);
    } else if (rest.length === 1) {
      text ??= rest[0];
      label ??= rest[0];
    }
  }
  if (text === undefined || label === undefined || text === label) {
    throw unknown(file, names, text === undefined ? "text" : "label");
  }
  const others = names.filter((name) => name !== text && name !== label);
  const guessed = [
    given.text === undefined && plain(text) !== "text",
    given.label === undefined && plain(label) !== "label",
  ].some(Boolean);
  return { text, label, others, guessed };
}

function existing(file: string, names: readonly string[], name: string | undefined, what: string): string | undefined {
  return name === undefined ? undefined : existingColumn(file, names, name, `--${what}-column`);
}

/** The column that a person named, whatever its case. @throws DataError `option-invalid` for a name that is no column */
export function existingColumn(file: string, names: readonly string[], name: string, option: string): string {
  if (names.includes(name)) return name;
  const same = names.find((other) => plain(other) === plain(name));
  if (same !== undefined) return same;
  throw new DataError(
    {
      code: "option-invalid",
      value: `there is no column ${shown(name)}`,
      limit: `the columns are ${list(names)}`,
      remedy: `name one of them with ${option}`,
    },
    { file },
  );
}

/** The column whose name is usual, or else the only one whose name ends with a usual word. */
function usual(names: readonly string[], usualNames: readonly string[]): string | undefined {
  for (const wanted of usualNames) {
    const exact = names.find((name) => plain(name) === wanted);
    if (exact !== undefined) return exact;
  }
  const ending = names.filter((name) => usualNames.includes(lastWordOf(name)));
  return ending.length === 1 ? ending[0] : undefined;
}

/** Of two columns the one with fewer different values, where it has clearly fewer. */
function repeating(rows: Table["rows"], [first, second]: readonly string[]): string | undefined {
  const different = (name: string) => new Set(rows.slice(0, SAMPLE).map(({ fields }) => String(fields?.[name]))).size;
  const [a, b] = [different(first!), different(second!)];
  if (2 * a < b) return first;
  return 2 * b < a ? second : undefined;
}

/** Whether a column numbers or dates the rows, or describes them (`meta` of the project's own files): it is never guessed. */
export function isBeside(name: string): boolean {
  return plain(name) === "meta" || BESIDE.has(lastWordOf(name)) || plain(name).startsWith("unnamed");
}

function plain(name: string): string {
  return name.normalize("NFKC").trim().toLowerCase();
}

function lastWordOf(name: string): string {
  const words = plain(name.replace(/(\p{Ll})(\p{Lu})/gu, "$1 $2")).split(/[^\p{L}\p{N}]+/u);
  return words.at(-1);
}

function list(names: readonly string[]): string {
  return names.length === 0
    ? "none"
    : names
        .slice(0, 20)
        .map((name) => shown(name))
        .join(", ");
}

function unknown(file: string, names: readonly string[], what: "text" | "label"): DataError {
  return new DataError(
    {
      code: "columns-unknown",
      value: `the columns are ${list(names)}`,
      limit: `one of them has to be the ${what}, and it cannot be told which`,
      remedy: "name them with --text-column and --label-column, or add a header line",
    },
    { file },
  );
}
