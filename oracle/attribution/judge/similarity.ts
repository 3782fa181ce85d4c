import type { BagInputs, DenseInputs } from "../../model/rows.ts";
import { rowCount } from "../../model/rows.ts";

/** Rows that a label can be judged of. */
export type JudgedInputs = BagInputs | DenseInputs;

/** How alike a row is to each known row: 0 … 1, 0 for nothing in common. */
export type Similarity = (inputs: JudgedInputs, row: number) => Float64Array;

/** Images that are a little alike are all alike: of the cosine's powers the fourth tells digits apart best. */
const SQUARINGS = 2;

/** Cosines with rows that are known: of n-grams, the rarer the heavier, or of pixels. + − × ÷ √ only, so IEEE 754 fixes every bit. */
export function similarityTo(known: JudgedInputs): Similarity {
  return known.kind === "bags" ? ofBags(known) : ofPixels(known);
}

function ofPixels(known: DenseInputs): Similarity {
  const count = rowCount(known);
  const units = Array.from({ length: count }, (_, row) => unitOf(pixels(known, row)));
  return (inputs, row) => {
    const own = unitOf(pixels(inputs as DenseInputs, row));
    return Float64Array.from(units, (unit) => {
      let cosine = 0;
      for (let i = 0; i < own.length; i++) cosine += own[i]! * unit[i]!;
      for (let i = 0; i < SQUARINGS; i++) cosine *= cosine;
      return cosine;
    });
  };
}

/** A bag of n-grams as a vector of length 1. */
interface Bag {
  /** Ascending, each once. */
  readonly ids: readonly number[];
  readonly weights: Float64Array;
}

function ofBags(known: BagInputs): Similarity {
  const count = rowCount(known);
  const rowsWith = new Map<number, number>();
  for (let row = 0; row < count; row++) {
    for (const id of distinct(known, row).ids) rowsWith.set(id, (rowsWith.get(id) ?? 0) + 1);
  }
  const bagOf = (inputs: BagInputs, row: number): Bag => {
    const { ids, times } = distinct(inputs, row);
    const weights = Float64Array.from(ids, (id, i) => Math.sqrt(times[i]! / (1 + (rowsWith.get(id) ?? 0))));
    return { ids, weights: unitOf(weights) };
  };
  /** Where an n-gram stands: rows and its weights there. */
  const places = new Map(
    [...rowsWith].map(([id, n]) => [id, { rows: new Int32Array(n), weights: new Float64Array(n) }]),
  );
  const filled = new Map<number, number>();
  for (let row = 0; row < count; row++) {
    const { ids, weights } = bagOf(known, row);
    for (const [i, id] of ids.entries()) {
      const at = filled.get(id) ?? 0;
      filled.set(id, at + 1);
      const place = places.get(id)!;
      place.rows[at] = row;
      place.weights[at] = weights[i]!;
    }
  }
  return (inputs, row) => {
    const cosines = new Float64Array(count);
    const bag = bagOf(inputs as BagInputs, row);
    for (let i = 0; i < bag.ids.length; i++) {
      const place = places.get(bag.ids[i]!);
      if (place === undefined) continue;
      const { rows, weights } = place;
      const own = bag.weights[i]!;
      for (let j = 0; j < rows.length; j++) cosines[rows[j]!]! += own * weights[j]!;
    }
    return cosines;
  };
}

/** The ids of a row, each once, and how often they are there. */
function distinct({ ids, offsets }: BagInputs, row: number) {
  const once: number[] = [];
  const times: number[] = [];
  for (let i = offsets[row]!; i < offsets[row + 1]!; i++) {
    if (once.length > 0 && once[once.length - 1] === ids[i]) times[times.length - 1]!++;
    else {
      once.push(ids[i]!);
      times.push(1);
    }
  }
  return { ids: once, times };
}

const pixels = ({ values, width }: DenseInputs, row: number) =>
  Float64Array.from(values.subarray(row * width, (row + 1) * width));

/** A vector of length 1 of the same direction; zero stays zero. */
function unitOf(vector: Float64Array): Float64Array {
  let squares = 0;
  for (const value of vector) squares += value * value;
  const length = Math.sqrt(squares);
  return length === 0 ? vector : vector.map((value) => value / length);
}
