import { DataError } from "../errors.ts";

/** A row as a file holds it: fields by their names, or why there are none. */
export type TableRow = { readonly row: number } & (
  | { readonly fields: Fields; readonly problem?: undefined }
  | { readonly fields?: undefined; readonly problem: DataError }
);

export type Fields = Readonly<Record<string, unknown>>;

/** What a reader makes of a file. */
export interface Table {
  /** For people: what kind of file this is. */
  readonly format: string;
  /** In the order of the file; `row` is the 1-based line, or item in formats without lines. */
  readonly rows: readonly TableRow[];
  /** Names of the numbers in a column, where the file has them. */
  readonly classNames?: ReadonlyMap<string, readonly string[]>;
  /** What a person should know about how the file was read. */
  readonly notes?: readonly string[];
}

/** The row that `make` reads, or the DataError that it throws. */
export function tableRow(row: number, make: () => Fields): TableRow {
  try {
    return { row, fields: make() };
  } catch (problem) {
    if (problem instanceof DataError) return { row, problem };
    throw problem;
  }
}
