import { type RowInput, rowInputJson } from "./rowInput.ts";

/**
 * Most numbers and categories that become features. One bound for all: whatever columns and categories a contributor
 * invents, those that more rows state come first.
 */
export const MOST_FEATURES = 2_048;
/** Deviations from the mean beyond which a number is read as if it were there, and is no question. */
export const MOST_DEVIATIONS = 100;

/** How a column is read. One of which some rows say a number and others a category has both. */
export interface ColumnEncoding {
  readonly name: string;
  /** Of the numbers in the training data; null where it has none. */
  readonly number: { readonly mean: number; readonly deviation: number } | null;
  /** Ascending by code units. */
  readonly categories: readonly string[];
}

/** How the rows of a version are read: what is here follows from its training data alone. */
export interface RowEncoding {
  readonly kind: "standardised-rows/1";
  /** Ascending by name, in code units. */
  readonly columns: readonly ColumnEncoding[];
}

/**
 * The encoding that training rows give. Rows that say the same count once, so nobody moves a mean by repeating. Float64
 * with + − × ÷ √ in the order of the rows: every machine gets the same bits.
 */
export function rowEncodingOf(inputs: readonly RowInput[]): RowEncoding {
  const columns = new Map<string, { numbers: number[]; categories: Map<string, number> }>();
  for (const input of new Map(inputs.map((one) => [rowInputJson(one), one])).values()) {
    for (const [name, value] of Object.entries(input)) {
      const column = columns.get(name) ?? { numbers: [], categories: new Map<string, number>() };
      columns.set(name, column);
      if (typeof value === "number") column.numbers.push(value);
      else column.categories.set(value, (column.categories.get(value) ?? 0) + 1);
    }
  }
  const features = [...columns].flatMap(([name, { numbers, categories }]) => [
    ...(numbers.length === 0 ? [] : [{ name, category: undefined, rows: numbers.length }]),
    ...[...categories].map(([category, rows]) => ({ name, category, rows })),
  ]);
  const chosen = features
    .sort((a, b) => b.rows - a.rows || order(a.name, b.name) || order(a.category ?? "", b.category ?? ""))
    .slice(0, MOST_FEATURES);
  const readBy = new Map<string, (string | undefined)[]>();
  for (const { name, category } of chosen) {
    const known = readBy.get(name);
    if (known === undefined) readBy.set(name, [category]);
    else known.push(category);
  }
  return {
    kind: "standardised-rows/1",
    columns: [...readBy.keys()].sort(order).map((name) => {
      const categories = readBy.get(name)!;
      return {
        name,
        number: categories.includes(undefined) ? statistics(columns.get(name)!.numbers) : null,
        categories: categories.filter((category) => category !== undefined).sort(order),
      };
    }),
  };
}

/** Features of a row. */
export function rowWidth({ columns }: RowEncoding): number {
  return columns.reduce((sum, column) => sum + columnWidth(column), 0);
}

/**
 * Rows as a network reads them, row after row. For each column: the number less the mean, in deviations, at most
 * {@link MOST_DEVIATIONS} of them; a 1 for the category; and a 1 where the column says nothing that is known.
 */
export function encodeRows(encoding: RowEncoding, inputs: readonly RowInput[]): Float32Array {
  const width = rowWidth(encoding);
  const values = new Float32Array(inputs.length * width);
  const placed = placedColumns(encoding);
  for (const [row, input] of inputs.entries()) {
    for (const { name, number, places, missing, first } of placed) {
      const value = Object.hasOwn(input, name) ? input[name] : undefined;
      const at = typeof value === "string" ? places.get(value) : undefined;
      if (typeof value === "number" && number !== null) {
        const deviations = (value - number.mean) / number.deviation;
        values[row * width + first] = Math.max(-MOST_DEVIATIONS, Math.min(MOST_DEVIATIONS, deviations));
      } else values[row * width + (at ?? missing)] = 1;
    }
  }
  return values;
}

function placedColumns({ columns }: RowEncoding) {
  let first = 0;
  return columns.map((column) => {
    const { name, number, categories } = column;
    const start = first;
    first += columnWidth(column);
    const places = new Map(categories.map((category, i) => [category, start + (number === null ? 0 : 1) + i]));
    return { name, number, places, missing: first - 1, first: start };
  });
}

function columnWidth({ number, categories }: ColumnEncoding): number {
  return (number === null ? 0 : 1) + categories.length + 1;
}

/** Mean and deviation, in two passes; a column of one number has the deviation 1, so that it is read as 0. */
function statistics(numbers: readonly number[]): { readonly mean: number; readonly deviation: number } {
  let sum = 0;
  for (const number of numbers) sum += number;
  const mean = sum / numbers.length;
  let squares = 0;
  for (const number of numbers) squares += (number - mean) * (number - mean);
  const deviation = Math.sqrt(squares / numbers.length);
  return { mean, deviation: deviation === 0 ? 1 : deviation };
}

function order(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
