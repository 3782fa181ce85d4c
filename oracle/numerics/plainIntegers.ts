import type { Kernels } from "./kernels.ts";
import { roundHalfEven } from "./roundHalfEven.ts";
import { exp32, geluByErf } from "./single.ts";

type FrozenKernels = Pick<
  Kernels,
  "quantiseRows" | "packStrips" | "integerProduct" | "int8Products" | "softmaxColumns" | "geluByErf"
>;

const f = Math.fround;
const SMALLEST = f(1e-30);
const STRIP = 8;

/** What frozen models and search run on, as plain loops; part of plainKernels.ts. */
export function createPlainIntegers(memory: WebAssembly.Memory): FrozenKernels {
  const floats = new Float32Array(memory.buffer);
  const integers = new Int32Array(memory.buffer);
  const shorts = new Int16Array(memory.buffer);
  const chars = new Int8Array(memory.buffer);
  return {
    quantiseRows(rows, columns, levels, x, values, scales) {
      for (let r = 0; r < rows; r++) {
        const [x0, v0] = [x / 4 + r * columns, values / 2 + r * columns];
        let largest = 0;
        for (let c = 0; c < columns; c++) largest = Math.max(largest, Math.abs(floats[x0 + c]!));
        const empty = largest < SMALLEST;
        const factor = empty ? 0 : f(levels / largest);
        floats[scales / 4 + r] = empty ? 0 : largest / levels;
        for (let c = 0; c < columns; c++) shorts[v0 + c] = roundHalfEven(f(floats[x0 + c]! * factor));
      }
    },

    packStrips(n, k, values, strips) {
      for (let j = 0; j < n; j++) {
        for (let t = 0; t < k; t++) {
          const pair = ((j - (j % STRIP)) * k) / 2 + (t >> 1) * STRIP + (j % STRIP);
          shorts[strips / 2 + 2 * pair + (t & 1)] = shorts[values / 2 + j * k + t]!;
        }
      }
    },

    integerProduct(m, n, k, a, aScales, b, bScales, bias, c) {
      for (let i = 0; i < m; i++) {
        for (let j = 0; j < n; j++) {
          let sum = 0;
          for (let t = 0; t < k; t++) {
            const pair = ((j - (j % STRIP)) * k) / 2 + (t >> 1) * STRIP + (j % STRIP);
            sum += shorts[a / 2 + i * k + t]! * shorts[b / 2 + 2 * pair + (t & 1)]!;
          }
          const factor = f(floats[aScales / 4 + i]! * floats[bScales / 4 + j]!);
          floats[c / 4 + i * n + j] = f(f(sum) * factor) + floats[bias / 4 + j]!;
        }
      }
    },

    int8Products(rows, columns, query, matrix, out) {
      for (let r = 0; r < rows; r++) {
        let sum = 0;
        for (let c = 0; c < columns; c++) sum += chars[query + c]! * chars[matrix + r * columns + c]!;
        integers[out / 4 + r] = sum;
      }
    },

    softmaxColumns(rows, columns, x) {
      for (let c = 0; c < columns; c++) {
        const x0 = x / 4 + c;
        let top = floats[x0]!;
        for (let r = 1; r < rows; r++) top = Math.max(top, floats[x0 + r * columns]!);
        let sum = 0;
        for (let r = 0; r < rows; r++) {
          const share = exp32(f(floats[x0 + r * columns]! - top));
          floats[x0 + r * columns] = share;
          sum = f(sum + share);
        }
        for (let r = 0; r < rows; r++) floats[x0 + r * columns]! /= sum;
      }
    },

    geluByErf(count, x) {
      for (let i = 0; i < count; i++) floats[x / 4 + i] = geluByErf(floats[x / 4 + i]!);
    },
  };
}
