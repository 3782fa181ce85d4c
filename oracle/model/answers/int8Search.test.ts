import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createPlainKernels } from "../../numerics/plainKernels.ts";
import { randomStream } from "../../numerics/random.ts";
import { createWasmKernels } from "../../numerics/wasmKernels.ts";
import { type Int8Rows, toInt8 } from "./int8Rows.ts";
import { createInt8Search, type Described, mostSimilarOf } from "./int8Search.ts";

function randomRows(count: number, dimension: number, seed: number): Int8Rows {
  const stream = randomStream(seed, dimension);
  return toInt8(
    Float32Array.from({ length: count * dimension }, () => (stream.below(3) === 0 ? 0 : stream.normal())),
    dimension,
  );
}

/** By the definition: all similarities in float64 from whole products, sorted. */
function definition(queries: Described, q: number, rows: Described, weights: readonly number[], limit: number) {
  const all = Array.from({ length: rows[0]!.scales.length }, (_, row) => {
    let similarity = 0;
    for (const [e, { dimension, values, scales }] of rows.entries()) {
      let product = 0;
      for (let j = 0; j < dimension; j++)
        product += queries[e]!.values[q * dimension + j]! * values[row * dimension + j]!;
      similarity += product * (weights[e]! * queries[e]!.scales[q]! * scales[row]!);
    }
    return { row, similarity };
  });
  return all.sort((a, b) => b.similarity - a.similarity || a.row - b.row).slice(0, limit);
}

const size = fc.integer({ min: 1, max: 40 });

describe("a search over int8 rows", () => {
  it.each([createWasmKernels, createPlainKernels])(
    "finds what the definition finds, in one encoder or two",
    (create) => {
      fc.assert(
        fc.property(fc.nat(), size, size, size, fc.integer({ min: 0, max: 9 }), (seed, count, first, second, limit) => {
          for (const dimensions of [[first], [first, second]]) {
            const weights = dimensions.map((_, e) => (e === 0 ? 1 : 0.6));
            const rows = dimensions.map((dimension) => randomRows(count, dimension, seed));
            const queries = dimensions.map((dimension) => randomRows(3, dimension, seed + 1));
            const search = createInt8Search(create, rows, weights);
            for (const q of [2, 0, 1]) {
              const expected = definition(queries, q, rows, weights, limit);
              expect(search.mostSimilar(queries, q, limit)).toEqual(expected);
              if (limit > 0) expect(mostSimilarOf(queries, q, rows, weights, 0, count)).toBe(expected[0]!.row);
            }
          }
        }),
        { numRuns: 30 },
      );
    },
  );

  it("lists the earlier of equals first", () => {
    const rows = [toInt8(Float32Array.from([1, 0, 0, 1, 1, 0]), 2)];
    const query = [toInt8(Float32Array.from([1, 0]), 2)];
    expect(
      createInt8Search(createWasmKernels, rows, [1])
        .mostSimilar(query, 0, 2)
        .map(({ row }) => row),
    ).toEqual([0, 2]);
    expect(mostSimilarOf(query, 0, rows, [1], 1, 2)).toBe(2);
  });
});
