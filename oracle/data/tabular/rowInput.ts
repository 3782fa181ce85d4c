import { checkedText, MAX_LABEL_LENGTH } from "../checkedText.ts";
import { DataError, shown } from "../errors.ts";

/** Most columns of a row. */
export const MAX_COLUMNS = 1_024;
/** Largest size of a number: what is computed from such numbers in float64 stays finite, and integers up to it are exact. */
export const MAX_NUMBER = 1e15;

/** What a column says of a row: a number, or the name of a category. */
export type RowValue = number | string;

/** The stated values of a row by their columns; a column that is not there is a missing value. */
export type RowInput = Readonly<Record<string, RowValue>>;

const CONTROL = /\p{Cc}/u;

/**
 * The values of a row, checked, with the columns in code-unit order.
 *
 * @throws DataError `example-invalid` for what is no object of 1 to {@link MAX_COLUMNS} numbers and categories, numbers that
 * are not finite or larger than {@link MAX_NUMBER}, names and categories that are blank, too long or have control characters
 */
export function checkedRowInput(value: unknown): RowInput {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw invalid(
      `the row is ${shown(value)}`,
      "an object of columns and their values",
      'write {"age":39,"job":"clerk"}',
    );
  }
  const entries = Object.entries(value);
  if (entries.length < 1 || entries.length > MAX_COLUMNS) {
    throw invalid(
      `a row with ${entries.length} columns`,
      `1 to ${MAX_COLUMNS} columns`,
      entries.length === 0 ? "state at least one value" : "leave out those that say least",
    );
  }
  const checked = entries.map(([name, one]) => [checkedName(name), checkedValue(name, one)] as const);
  return Object.fromEntries(checked.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The canonical JSON (RFC 8785) of a row's values: rows are the same where these texts are. */
export function rowInputJson(input: RowInput): string {
  // Objects put names that are whole numbers first, so the entries are sorted here.
  const entries = Object.entries(input).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(",")}}`;
}

function checkedName(name: string): string {
  if (name === "__proto__") {
    throw invalid(`a column is called "${name}"`, "a name that objects do not use themselves", "rename it");
  }
  return withoutControls("column's name", checkedText("column's name", name, MAX_LABEL_LENGTH));
}

function checkedValue(name: string, value: unknown): RowValue {
  const what = `value in the column ${shown(name)}`;
  if (typeof value === "string") return withoutControls(what, checkedText(what, value, MAX_LABEL_LENGTH));
  if (typeof value !== "number") {
    const remedy = value === null ? "leave a missing value out" : "write a number, or a category in quotes";
    throw invalid(`the ${what} is ${shown(value)}`, "a number or a category", remedy);
  }
  if (!(Math.abs(value) <= MAX_NUMBER)) {
    throw invalid(
      `the ${what} is ${value}`,
      `a number from -${MAX_NUMBER} to ${MAX_NUMBER}`,
      "state it in a larger unit",
    );
  }
  // There is one zero in JSON.
  return value === 0 ? 0 : value;
}

function withoutControls(what: string, text: string): string {
  if (!CONTROL.test(text)) return text;
  throw invalid(`the ${what} is ${shown(text)}`, "no control characters, such as NUL", "remove them");
}

function invalid(value: string, limit: string, remedy: string): DataError {
  return new DataError({ code: "example-invalid", value, limit, remedy });
}
