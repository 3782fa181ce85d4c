import { exp } from "./elementary.ts";
import type { Kernels } from "./kernels.ts";

type SequenceKernels = Pick<
  Kernels,
  | "normalise"
  | "normaliseBackward"
  | "scaleColumns"
  | "columnProducts"
  | "causalSoftmax"
  | "causalSoftmaxBackward"
  | "positionProducts"
>;

const f = Math.fround;

/** Layer normalisation, causal attention and kernels over positions as plain loops; part of plainKernels.ts. */
export function createPlainSequences(memory: WebAssembly.Memory): SequenceKernels {
  const floats = new Float32Array(memory.buffer);
  const doubles = new Float64Array(memory.buffer);
  return {
    normalise(rows, columns, epsilon, x, normal, inverse) {
      for (let r = 0; r < rows; r++) {
        const [from, to] = [x / 4 + r * columns, normal / 4 + r * columns];
        let sum = 0;
        for (let c = 0; c < columns; c++) sum += floats[from + c]!;
        const mean = sum / columns;
        let squares = 0;
        for (let c = 0; c < columns; c++) squares += (floats[from + c]! - mean) * (floats[from + c]! - mean);
        const factor = 1 / Math.sqrt(squares / columns + epsilon);
        floats[inverse / 4 + r] = factor;
        for (let c = 0; c < columns; c++) floats[to + c] = (floats[from + c]! - mean) * factor;
      }
    },

    normaliseBackward(rows, columns, normal, inverse, delta) {
      for (let r = 0; r < rows; r++) {
        const [n0, d0] = [normal / 4 + r * columns, delta / 4 + r * columns];
        let [sum, products] = [0, 0];
        for (let c = 0; c < columns; c++) {
          sum += floats[d0 + c]!;
          products += floats[d0 + c]! * floats[n0 + c]!;
        }
        const [mean, along] = [sum / columns, products / columns];
        const factor = floats[inverse / 4 + r]!;
        for (let c = 0; c < columns; c++) {
          floats[d0 + c] = factor * (floats[d0 + c]! - mean - floats[n0 + c]! * along);
        }
      }
    },

    scaleColumns(rows, columns, x, gain, out) {
      for (let i = 0; i < rows * columns; i++)
        floats[out / 4 + i] = floats[x / 4 + i]! * floats[gain / 4 + (i % columns)]!;
    },

    columnProducts(rows, columns, x, y, out) {
      for (let c = 0; c < columns; c++) {
        let sum = 0;
        for (let r = 0; r < rows; r++) {
          sum = f(sum + f(floats[x / 4 + r * columns + c]! * floats[y / 4 + r * columns + c]!));
        }
        floats[out / 4 + c] = sum;
      }
    },

    causalSoftmax(blocks, length, scale, scores, scratch) {
      const s0 = scratch / 8;
      for (let row = 0; row < blocks * length; row++) {
        const [t, z0] = [row % length, scores / 4 + row * length];
        let top = -Infinity;
        for (let c = 0; c <= t; c++) top = Math.max(top, scale * floats[z0 + c]!);
        let sum = 0;
        for (let c = 0; c <= t; c++) sum += doubles[s0 + c] = exp(scale * floats[z0 + c]! - top);
        for (let c = 0; c < length; c++) floats[z0 + c] = c <= t ? doubles[s0 + c]! / sum : 0;
      }
    },

    causalSoftmaxBackward(blocks, length, scale, p, delta) {
      for (let row = 0; row < blocks * length; row++) {
        const [t, p0, d0] = [row % length, p / 4 + row * length, delta / 4 + row * length];
        let mean = 0;
        for (let c = 0; c <= t; c++) mean += floats[p0 + c]! * floats[d0 + c]!;
        for (let c = 0; c < length; c++) {
          floats[d0 + c] = c <= t ? scale * (floats[p0 + c]! * (floats[d0 + c]! - mean)) : 0;
        }
      }
    },

    positionProducts(rows, columns, length, x, y, out, outRow) {
      for (let r = 0; r < rows; r++) {
        for (let c = 0; c < columns; c++) {
          let sum = 0;
          for (let t = 0; t < length; t++) {
            const first = ((r * length + t) * columns + c) * length;
            for (let s = 0; s < length; s++) sum += floats[x / 4 + first + s]! * floats[y / 4 + first + s]!;
          }
          floats[out / 4 + r * outRow + c]! += sum;
        }
      }
    },
  };
}
