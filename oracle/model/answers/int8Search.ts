import type { KernelFactory } from "../../numerics/kernels.ts";
import { aligned, createWorkspace } from "../../numerics/workspace.ts";
import type { Int8Rows } from "./int8Rows.ts";

/** The kernel reads so many values at a time: rows are filled up with zeros. */
const LANES = 16;

/** The same things as rows of one encoder or of several; the position of the encoder is that of its rows. */
export type Described = readonly Int8Rows[];

/** A row that was found, and how similar it is. */
export interface Match {
  readonly row: number;
  readonly similarity: number;
}

/** Rows that can be searched. */
export interface Int8Search {
  /** The rows most similar to query `q`, the most similar first, of equals the earlier. */
  mostSimilar(queries: Described, q: number, limit: number): Match[];
}

/**
 * Searches all rows. A similarity is the sum over the encoders of weight · product, in their order; the products are exact integers times scales.
 *
 * @param weights of the encoders
 * @throws WorkspaceTooLargeError for rows of more than about 4 GB
 */
export function createInt8Search(
  createKernels: KernelFactory,
  rows: Described,
  weights: readonly number[],
): Int8Search {
  const count = rows[0]!.scales.length;
  const widths = rows.map(({ dimension }) => Math.ceil(dimension / LANES) * LANES);
  const sizes = widths.flatMap((width) => [(width * count) / 4, width / 4, count]);
  const elements = sizes.reduce((sum, size) => sum + aligned(size), 0);
  const space = createWorkspace(createKernels, elements, "search fewer passages, or with a smaller encoder");
  const { kernels } = space;
  const loaded = rows.map((one, e) => {
    const width = widths[e]!;
    const [matrix, query, out] = [
      space.allocate((width * count) / 4),
      space.allocate(width / 4),
      space.allocate(count),
    ];
    const values = new Int8Array(kernels.memory.buffer, matrix, width * count);
    for (let row = 0; row < count; row++) {
      values.set(one.values.subarray(row * one.dimension, (row + 1) * one.dimension), row * width);
    }
    return {
      ...{ width, matrix, query, weight: weights[e]!, scales: one.scales },
      place: new Int8Array(kernels.memory.buffer, query, width),
      ...{ out, products: space.integers(out, count) },
    };
  });

  return {
    mostSimilar(queries, q, limit) {
      const similarities = new Float64Array(count);
      for (const [e, { width, matrix, query, weight, scales, place, out, products }] of loaded.entries()) {
        const { dimension, values, scales: asked } = queries[e]!;
        if (asked[q] === 0) continue;
        place.set(values.subarray(q * dimension, (q + 1) * dimension));
        kernels.int8Products(count, width, query, matrix, out);
        const factor = weight * asked[q]!;
        for (let row = 0; row < count; row++) {
          similarities[row] = similarities[row]! + products[row]! * (factor * scales[row]!);
        }
      }
      return largest(similarities, limit);
    },
  };
}

function largest(similarities: Float64Array, limit: number): Match[] {
  const best: Match[] = [];
  let least = -Infinity;
  for (let row = 0; row < similarities.length; row++) {
    const similarity = similarities[row]!;
    if (similarity <= least) continue;
    let place = best.length;
    while (place > 0 && best[place - 1]!.similarity < similarity) place--;
    best.splice(place, 0, { row, similarity });
    if (best.length > limit) best.pop();
    if (best.length === limit) least = best[limit - 1]?.similarity ?? Infinity;
  }
  return best;
}

/** The most similar of a few rows, `first` to `first + count - 1`: of equals the earlier. */
export function mostSimilarOf(
  queries: Described,
  q: number,
  rows: Described,
  weights: readonly number[],
  first: number,
  count: number,
): number {
  let [best, most] = [first, -Infinity];
  for (let row = first; row < first + count; row++) {
    let similarity = 0;
    for (const [e, { dimension, values, scales }] of rows.entries()) {
      const asked = queries[e]!;
      let dot = 0;
      for (let j = 0; j < dimension; j++) dot += asked.values[q * dimension + j]! * values[row * dimension + j]!;
      similarity += dot * (weights[e]! * asked.scales[q]! * scales[row]!);
    }
    if (similarity > most) [best, most] = [row, similarity];
  }
  return best;
}
