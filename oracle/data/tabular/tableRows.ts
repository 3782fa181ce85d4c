import { DataError, shown } from "../errors.ts";
import { type RowExample, rowExample } from "../example.ts";
import { existingColumn, isBeside } from "../files/columns.ts";
import { goodRow, type RowPolicy } from "../files/rows.ts";
import type { Fields, Table } from "../files/table.ts";
import { metaOf } from "../files/tableExamples.ts";
import { labelOf } from "../labels.ts";
import { MAX_COLUMNS, type RowValue } from "./rowInput.ts";

/** What the columns of a table are to be read as. */
export interface RowColumns {
  /** The column that is to be foretold from the others. */
  readonly target: string;
  readonly numbers: readonly string[];
  readonly categories: readonly string[];
  /** Columns that number, date or link the rows, or say nothing: descriptive fields. */
  readonly others: readonly string[];
}

/** How files write that a value is missing. */
const MISSING = new Set(["", "NA", "N/A", "NaN", "nan", "null", "?"]);
/** No zeros before the first digit: postal codes and the like are names. */
const NUMBER = /^[+-]?(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/iu;

/**
 * Which columns hold numbers and which categories: one in which everything that is stated is a number holds numbers.
 *
 * @throws DataError `option-invalid` where there is no such target; `columns-unknown` where no column is left, or too many are
 */
export function chooseRowColumns(file: string, { rows }: Pick<Table, "rows">, target: string): RowColumns {
  const stated = new Map<string, { some: boolean; numbers: boolean }>();
  for (const { fields = {} } of rows) {
    for (const [name, value] of Object.entries(fields)) {
      const column = stated.get(name) ?? { some: false, numbers: true };
      stated.set(name, column);
      if (isMissing(value)) continue;
      column.some = true;
      column.numbers &&= isNumber(value);
    }
  }
  // No good row at all: the rows say themselves what is wrong with them.
  if (stated.size === 0) return { target, numbers: [], categories: [], others: [] };
  const names = [...stated.keys()];
  const chosen = existingColumn(file, names, target, "--target");
  const read = names.filter((name) => name !== chosen && stated.get(name)!.some && !isBeside(name));
  if (read.length === 0 || read.length > MAX_COLUMNS) {
    throw new DataError(
      {
        code: "columns-unknown",
        value: `${read.length} columns beside the target ${shown(chosen)}`,
        limit: `1 to ${MAX_COLUMNS} columns to foretell it from; ids, dates and links are none`,
        remedy: read.length === 0 ? "add or rename columns" : "leave out those that say least",
      },
      { file },
    );
  }
  return {
    target: chosen,
    numbers: read.filter((name) => stated.get(name)!.numbers),
    categories: read.filter((name) => !stated.get(name)!.numbers),
    others: names.filter((name) => name !== chosen && !read.includes(name)),
  };
}

/** The examples of a table's rows. @throws DataError at the first bad row, unless the policy skips bad rows */
export function tableRows(file: string, table: Table, columns: RowColumns, policy: RowPolicy): RowExample[] {
  const classes = table.classNames?.get(columns.target);
  return table.rows.flatMap(({ row, fields, problem }) => {
    const example = goodRow(policy, file, row, () => {
      if (problem !== undefined) throw problem;
      return exampleOf(fields, columns, classes);
    });
    return example === undefined ? [] : [example];
  });
}

function exampleOf(fields: Fields, columns: RowColumns, classes: readonly string[] | undefined): RowExample {
  const { target, numbers, categories } = columns;
  const input: (readonly [string, RowValue])[] = [
    ...numbers.flatMap((name) => stating(fields, name, Number)),
    ...categories.flatMap((name) => stating(fields, name, labelOf)),
  ];
  const label = classes?.[Number(fields[target])] ?? fields[target];
  requireCategory(target, label);
  const used = [target, ...numbers, ...categories];
  // not by assignment: a name may be one that objects use themselves
  return rowExample(Object.fromEntries(input), labelOf(label), metaOf(fields, ...used));
}

function stating(fields: Fields, name: string, read: (value: unknown) => unknown): [string, RowValue][] {
  return isMissing(fields[name]) ? [] : [[name, read(fields[name]) as RowValue]];
}

/** A number with a fraction is a quantity, and each would be a class of its own. */
function requireCategory(target: string, value: unknown): void {
  if (!isNumber(value) || Number.isInteger(Number(value))) return;
  throw new DataError({
    code: "example-invalid",
    value: `the target ${shown(target)} is ${String(value)}`,
    limit: "a target is a category: a name, a truth value or a whole number",
    remedy: "divide its range into classes, such as low, middle and high",
  });
}

function isMissing(value: unknown): boolean {
  if (typeof value === "number") return Number.isNaN(value);
  return value === null || value === undefined || (typeof value === "string" && MISSING.has(value.trim()));
}

function isNumber(value: unknown): boolean {
  if (typeof value === "number" || typeof value === "bigint") return true;
  return typeof value === "string" && NUMBER.test(value.trim());
}
