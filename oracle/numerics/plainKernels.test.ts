import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { KernelFactory, Kernels } from "./kernels.ts";
import { createPlainKernels } from "./plainKernels.ts";
import { randomStream } from "./random.ts";
import { createWasmKernels } from "./wasmKernels.ts";
import type { Workspace } from "./workspace.ts";
import { createWorkspace } from "./workspace.ts";

/** Runs a computation under both kernels on equal random memory and compares every byte of the memory afterwards. */
function expectSameBytes(seed: number, compute: (space: Workspace, kernels: Kernels, random: Random) => void): void {
  const [plain, wasm] = [createPlainKernels, createWasmKernels].map((factory: KernelFactory) => {
    const space = createWorkspace(factory, 40_000, "");
    compute(space, space.kernels, randomMemory(space, seed));
    const end = space.mark();
    const start = createWorkspace(factory, 16, "").mark();
    return Buffer.from(space.kernels.memory.buffer.slice(start, end)).toString("hex");
  });
  expect(wasm === plain).toBe(true);
}

interface Random {
  /** Allocates `count` normal deviates; some are exact zeros of either sign. */
  floats(count: number): number;
  /** Allocates `count` integers below a bound. */
  integers(count: number, bound: number): number;
  /** Sparse rows over `ids` ids. */
  sparse(rows: number, ids: number): { offsets: number; ids: number; weights: number };
}

function randomMemory(space: Workspace, seed: number): Random {
  const stream = randomStream(seed, 0);
  const draw = () => {
    const kind = stream.below(12);
    return kind === 0 ? 0 : kind === 1 ? -0 : stream.normal() * (kind === 2 ? 30 : 1);
  };
  const floats = (count: number) => {
    const pointer = space.allocate(count);
    const view = space.floats(pointer, count);
    for (let i = 0; i < count; i++) view[i] = draw();
    return pointer;
  };
  const integers = (count: number, bound: number) => {
    const pointer = space.allocate(count);
    const view = space.integers(pointer, count);
    for (let i = 0; i < count; i++) view[i] = stream.below(bound);
    return pointer;
  };
  return {
    floats,
    integers,
    sparse(rows, bound) {
      const offsets = space.allocate(rows + 1);
      const view = space.integers(offsets, rows + 1);
      view[0] = 0;
      for (let r = 0; r < rows; r++) view[r + 1] = view[r]! + stream.below(6);
      return { offsets, ids: integers(view[rows]! + 1, bound), weights: floats(view[rows]! + 1) };
    },
  };
}

const size = fc.integer({ min: 1, max: 37 });
const seed = fc.nat();

describe("WebAssembly kernels have the bits of the plain loops:", () => {
  it("gemm, for all strides, signs and edges of its tiles", () => {
    fc.assert(
      fc.property(
        seed,
        size,
        size,
        fc.integer({ min: 1, max: 300 }),
        fc.integer({ min: 0, max: 15 }),
        (s, m, n, k, mode) => {
          expectSameBytes(s, (space, kernels, random) => {
            const [a, b, c] = [random.floats(m * k), random.floats(k * n), random.floats(m * (n + 3))];
            const aStrides: readonly [number, number] = mode & 1 ? [k, 1] : [1, m];
            const bStrides: readonly [number, number] = mode & 2 ? [n, 1] : [1, k];
            const alpha = mode & 4 ? 1 : -1;
            kernels.gemm(m, n, k, alpha, a, ...aStrides, b, ...bStrides, (mode & 8) / 8, c, n + 3, space.scratch);
          });
        },
      ),
      { numRuns: 80 },
    );
  });

  it("gemm, across the borders of its blocks", () => {
    expectSameBytes(1, (space, kernels, random) => {
      const [m, n, k] = [99, 1030, 3];
      const [a, b, c] = [random.floats(m * k), random.floats(k * n), random.floats(8)];
      kernels.gemm(2, n, k, 1, a, k, 1, b, n, 1, 0, space.allocate(2 * n), n, space.scratch);
      kernels.gemm(m, 2, k, 1, a, k, 1, b, n, 1, 0, space.allocate(2 * m), 2, space.scratch);
      kernels.gemm(2, 4, 600, 1, b, 600, 1, b, 4, 1, 1, c, 4, space.scratch);
    });
  });

  it("the blocks of the Cholesky factorisation, failures included", () => {
    fc.assert(
      fc.property(seed, size, size, fc.boolean(), (s, n, columns, definite) => {
        expectSameBytes(s, (space, kernels, random) => {
          const [a, b, c] = [random.floats(n * n), random.floats(n * columns), random.floats(n * columns)];
          const values = space.floats(a, n * n);
          if (definite) for (let i = 0; i < n; i++) values[i * n + i] = 60 * n;
          const status = space.allocate(1);
          space.integers(status, 1)[0] = kernels.choleskyBlock(n, a, n);
          if (space.integers(status, 1)[0] !== 0) {
            // What a failed factorisation leaves behind is not defined.
            values.fill(0);
            return;
          }
          kernels.solveUpperTransposed(n, columns, a, n, b, columns);
          kernels.solveUpper(n, columns, a, n, c, columns);
        });
      }),
      { numRuns: 60 },
    );
  });

  it("activations, losses and their derivatives", () => {
    fc.assert(
      fc.property(
        seed,
        size,
        fc.integer({ min: 2, max: 20 }),
        fc.integer({ min: 0, max: 4 }),
        (s, rows, columns, kind) => {
          expectSameBytes(s, (space, kernels, random) => {
            const [z, bias, h] = [random.floats(rows * columns), random.floats(columns), random.floats(rows * columns)];
            kernels.addBias(rows, columns, z, bias);
            kernels.activation(kind, rows * columns, z, h);
            kernels.activateBackward(kind, rows * columns, z, h);
            kernels.multiply(rows * columns, h, z);
            const labels = random.integers(rows, columns);
            // A negative label: a position without a target.
            space.integers(labels, rows)[0] = s % 2 === 0 ? -1 : 0;
            const [delta, loss, scratch] = [
              random.floats(rows * columns),
              random.floats(2 * rows),
              random.floats(2 * columns),
            ];
            kernels.crossEntropy(rows, columns, 0.3, z, labels, delta, loss, scratch);
            kernels.softmax(rows, columns, z, h, scratch);
            const doubt = random.floats(rows);
            kernels.margin(rows, columns, z, labels, random.floats(rows), delta, doubt, scratch);
            kernels.columnSums(rows, columns, delta, bias);
            kernels.addProducts(rows, columns, 0.7, 1, z, columns, h, columns, delta, columns);
          });
        },
      ),
      { numRuns: 60 },
    );
  });

  it("sparse rows", () => {
    fc.assert(
      fc.property(seed, size, fc.integer({ min: 1, max: 11 }), (s, rows, dimension) => {
        expectSameBytes(s, (space, kernels, random) => {
          const ids = 13;
          const bags = random.sparse(rows, ids);
          const [table, out] = [random.floats(ids * dimension), random.floats(rows * dimension)];
          kernels.bagForward(rows, dimension, bags.offsets, bags.ids, bags.weights, table, out);
          kernels.bagBackward(rows, dimension, bags.offsets, bags.ids, bags.weights, out, table);
          // Postings of ids over 20 rows: every id's rows ascend.
          const postings = random.sparse(ids, 20);
          const offsets = space.integers(postings.offsets, ids + 1);
          for (let id = 0; id < ids; id++)
            space
              .integers(postings.ids, offsets[ids]!)
              .subarray(offsets[id], offsets[id + 1])
              .sort();
          const overlap = random.floats(rows * 9);
          kernels.bagOverlap(
            ...([rows, bags.offsets, bags.ids, bags.weights] as const),
            ...([postings.offsets, postings.ids, postings.weights, 6, 15, overlap] as const),
          );
        });
      }),
      { numRuns: 60 },
    );
  });

  it("optimiser steps", () => {
    fc.assert(
      fc.property(seed, size, (s, count) => {
        expectSameBytes(s, (space, kernels, random) => {
          const [w, g, m, v] = [random.floats(count), random.floats(count), random.floats(count), random.floats(count)];
          kernels.momentumStep(count, 0.1, 0.9, 0.01, w, g, m);
          space.floats(v, count).forEach((value, i, all) => (all[i] = Math.abs(value)));
          kernels.adamStep(count, 0.02, 0.9, 0.999, 31.6, 1e-8, w, g, m, v);
        });
      }),
      { numRuns: 40 },
    );
  });

  it("convolution patches", () => {
    const side = fc.integer({ min: 3, max: 7 });
    const small = fc.integer({ min: 1, max: 3 });
    fc.assert(
      fc.property(seed, side, side, small, small, small, (s, height, width, channels, kernel, stride) => {
        expectSameBytes(s, (_space, kernels, random) => {
          const outHeight = Math.floor((height - kernel) / stride) + 1;
          const outWidth = Math.floor((width - kernel) / stride) + 1;
          const x = random.floats(2 * height * width * channels);
          const patches = random.floats(2 * outHeight * outWidth * kernel * kernel * channels);
          kernels.gatherPatches(2, height, width, channels, kernel, stride, x, patches);
          kernels.scatterPatches(2, height, width, channels, kernel, stride, patches, x);
        });
      }),
      { numRuns: 40 },
    );
  });

  it("layer normalisation and its derivatives", () => {
    fc.assert(
      fc.property(seed, size, size, (s, rows, columns) => {
        expectSameBytes(s, (_space, kernels, random) => {
          const [x, normal] = [random.floats(rows * columns), random.floats(rows * columns)];
          const [inverse, gain, delta] = [random.floats(rows), random.floats(columns), random.floats(rows * columns)];
          kernels.normalise(rows, columns, 1e-5, x, normal, inverse);
          kernels.scaleColumns(rows, columns, normal, gain, x);
          kernels.columnProducts(rows, columns, normal, delta, gain);
          kernels.normaliseBackward(rows, columns, normal, inverse, delta);
        });
      }),
      { numRuns: 40 },
    );
  });

  it("causal attention weights, their derivatives and sums over positions", () => {
    const small = fc.integer({ min: 1, max: 9 });
    fc.assert(
      fc.property(seed, small, small, small, (s, rows, columns, length) => {
        expectSameBytes(s, (space, kernels, random) => {
          const count = rows * columns * length * length;
          const [p, delta, out] = [random.floats(count), random.floats(count), random.floats(rows * (columns + 2))];
          kernels.causalSoftmax(rows * columns, length, 0.3, p, random.floats(2 * length));
          kernels.causalSoftmaxBackward(rows * columns, length, 0.3, p, delta);
          kernels.positionProducts(rows, columns, length, p, delta, out, columns + 2);
          for (const value of space.floats(p, count)) expect(value >= 0 && value <= 1).toBe(true);
        });
      }),
      { numRuns: 40 },
    );
  });

  it("integers of eleven bits and their products", () => {
    const eights = fc.integer({ min: 1, max: 4 }).map((count) => 8 * count);
    fc.assert(
      fc.property(seed, size, eights, eights, (s, m, n, k) => {
        expectSameBytes(s, (space, kernels, random) => {
          const [a, b, bias] = [random.floats(m * k), random.floats(n * k), random.floats(n)];
          // a row of zeros, and one whose reciprocal would leave the range
          space.floats(a, k).fill(0);
          space.floats(b, k).fill(1e-35);
          const [values, scales] = [random.floats((m * k) / 2), random.floats(m)];
          const [rows, strips, factors] = [random.floats((n * k) / 2), random.floats((n * k) / 2), random.floats(n)];
          kernels.quantiseRows(m, k, 1_023, a, values, scales);
          kernels.quantiseRows(n, k, 1_023, b, rows, factors);
          kernels.packStrips(n, k, rows, strips);
          kernels.integerProduct(m, n, k, values, scales, strips, factors, bias, random.floats(m * n));
        });
      }),
      { numRuns: 40 },
    );
  });

  it("integer products at the largest size, and across blocks of rows", () => {
    expectSameBytes(2, (space, kernels, random) => {
      const [m, n, k] = [2, 8, 2_048];
      const [a, b, bias] = [random.floats(m * k), random.floats(n * k), random.floats(n)];
      space.floats(a, m * k).fill(1);
      space.floats(b, n * k).fill(-1);
      const [values, scales] = [random.floats((m * k) / 2), random.floats(m)];
      const [rows, strips, factors] = [random.floats((n * k) / 2), random.floats((n * k) / 2), random.floats(n)];
      const out = random.floats(m * n);
      kernels.quantiseRows(m, k, 1_023, a, values, scales);
      kernels.quantiseRows(n, k, 1_023, b, rows, factors);
      kernels.packStrips(n, k, rows, strips);
      space.floats(bias, n).fill(0);
      kernels.integerProduct(m, n, k, values, scales, strips, factors, bias, out);
      for (const value of space.floats(out, m * n)) expect(value).toBeCloseTo(-k, 2);
    });
    expectSameBytes(3, (_space, kernels, random) => {
      const [m, n, k] = [197, 8, 8];
      const [a, strips, scales, factors] = [
        random.floats(m * 4),
        random.floats(n * 4),
        random.floats(m),
        random.floats(n),
      ];
      kernels.quantiseRows(m, k, 1_023, random.floats(m * k), a, scales);
      kernels.quantiseRows(n, k, 1_023, random.floats(n * k), strips, factors);
      kernels.integerProduct(m, n, k, a, scales, strips, factors, random.floats(n), random.floats(m * n));
    });
  });

  it("int8 products", () => {
    const sixteens = fc.integer({ min: 1, max: 4 }).map((count) => 16 * count);
    fc.assert(
      fc.property(seed, size, sixteens, (s, rows, columns) => {
        expectSameBytes(s, (_space, kernels, random) => {
          const [query, matrix, out] = [
            random.integers(columns / 4, 2 ** 32),
            random.integers((rows * columns) / 4, 2 ** 32),
            random.integers(rows, 2),
          ];
          kernels.int8Products(rows, columns, query, matrix, out);
        });
      }),
      { numRuns: 40 },
    );
  });

  it("softmax down columns, and GELU by the error function", () => {
    const fours = fc.integer({ min: 1, max: 9 }).map((count) => 4 * count);
    fc.assert(
      fc.property(seed, size, fours, (s, rows, columns) => {
        expectSameBytes(s, (_space, kernels, random) => {
          kernels.softmaxColumns(rows, columns, random.floats(rows * columns));
          kernels.geluByErf(rows * columns, random.floats(rows * columns));
        });
      }),
      { numRuns: 40 },
    );
  });

  it("int8 weights under float32 and int8 rows, alone and in tiles", () => {
    const eights = fc.integer({ min: 1, max: 9 }).map((count) => 8 * count);
    fc.assert(
      fc.property(seed, fc.integer({ min: 1, max: 9 }), eights, eights, (s, m, n, k) => {
        expectSameBytes(s, (_space, kernels, random) => {
          const [a, scales, strips] = [random.floats(m * k), random.floats(n), random.floats((n * k) / 4)];
          const [values, factors] = [random.floats((m * k) / 2), random.floats(m)];
          kernels.packInt8(n, k, random.integers((n * k) / 4, 2 ** 32), strips);
          kernels.floatByInt8(m, n, k, a, strips, scales, random.floats(m * n));
          kernels.quantiseRows(m, k, 127, a, values, factors);
          kernels.int8ByInt8(m, n, k, values, factors, strips, scales, random.floats(m * n));
        });
      }),
      { numRuns: 40 },
    );
  });

  it("root mean squares and attention over a cache, whatever lies behind the place", () => {
    const small = fc.integer({ min: 1, max: 3 });
    fc.assert(
      fc.property(
        seed,
        fc.integer({ min: 1, max: 5 }),
        fc.nat(40),
        small,
        small,
        small,
        (s, rows, first, g, keyHeads, b) => {
          const [heads, size, capacity] = [g * keyHeads, 16 * b, 48];
          expectSameBytes(s, (_space, kernels, random) => {
            const width = heads * size;
            const [queries, keys, values] = [
              random.floats(rows * width),
              random.floats(keyHeads * capacity * size),
              random.floats(keyHeads * capacity * size),
            ];
            const scratch = random.floats(3 * capacity);
            const sizes = [heads, keyHeads, size, capacity, 0.3] as const;
            kernels.attend(rows, first, ...sizes, queries, width, keys, values, scratch, random.floats(rows * width));
            kernels.rootMeanSquare(rows, width, 1e-5, queries, random.floats(width), random.floats(rows * width));
          });
        },
      ),
      { numRuns: 40 },
    );
  });
});
