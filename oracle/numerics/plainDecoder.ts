import { exp } from "./elementary.ts";
import { placeInStrip } from "./int8Strips.ts";
import type { Kernels } from "./kernels.ts";

type DecoderKernels = Pick<Kernels, "packInt8" | "floatByInt8" | "int8ByInt8" | "rootMeanSquare" | "attend">;

const f = Math.fround;
/** Places of a block of keys. */
const PLACES = 16;

/** What a frozen generator runs on, as plain loops; part of plainKernels.ts. */
export function createPlainDecoder(memory: WebAssembly.Memory): DecoderKernels {
  const floats = new Float32Array(memory.buffer);
  const doubles = new Float64Array(memory.buffer);
  const shorts = new Int16Array(memory.buffer);
  const chars = new Int8Array(memory.buffer);

  return {
    packInt8(n, k, values, strips) {
      for (let j = 0; j < n; j++) {
        for (let t = 0; t < k; t++) chars[strips + placeInStrip(j, t, k)] = chars[values + j * k + t]!;
      }
    },

    floatByInt8(m, n, k, a, b, scales, c) {
      for (let i = 0; i < m; i++) {
        for (let j = 0; j < n; j++) {
          let sum = 0;
          for (let t = 0; t < k; t++) {
            sum = f(sum + f(floats[a / 4 + i * k + t]! * chars[b + placeInStrip(j, t, k)]!));
          }
          floats[c / 4 + i * n + j] = sum * floats[scales / 4 + j]!;
        }
      }
    },

    int8ByInt8(m, n, k, a, aScales, b, bScales, c) {
      for (let i = 0; i < m; i++) {
        for (let j = 0; j < n; j++) {
          let sum = 0;
          for (let t = 0; t < k; t++) sum += shorts[a / 2 + i * k + t]! * chars[b + placeInStrip(j, t, k)]!;
          floats[c / 4 + i * n + j] = f(sum) * f(floats[aScales / 4 + i]! * floats[bScales / 4 + j]!);
        }
      }
    },

    rootMeanSquare(rows, columns, epsilon, x, gain, out) {
      for (let r = 0; r < rows; r++) {
        const [from, to] = [x / 4 + r * columns, out / 4 + r * columns];
        let squares = 0;
        for (let c = 0; c < columns; c++) squares += floats[from + c]! * floats[from + c]!;
        const factor = 1 / Math.sqrt(squares / columns + epsilon);
        for (let c = 0; c < columns; c++) floats[to + c] = f(floats[from + c]! * factor) * floats[gain / 4 + c]!;
      }
    },

    attend(rows, first, heads, keyHeads, size, capacity, scale, queries, queryRow, keys, values, scratch, out) {
      const [s0, e0] = [scratch / 4, (scratch + 4 * capacity) / 8];
      for (let r = 0; r < rows; r++) {
        const places = first + r + 1;
        for (let head = 0; head < heads; head++) {
          const q0 = queries / 4 + r * queryRow + head * size;
          const shared = Math.floor((head * keyHeads) / heads) * capacity * size;
          const [k0, v0] = [keys / 4 + shared, values / 4 + shared];
          // a whole block at a time: what lies behind the last place is never read again
          for (let s = 0; s < Math.ceil(places / PLACES) * PLACES; s++) {
            let sum = 0;
            const column = k0 + (s - (s % PLACES)) * size + (s % PLACES);
            for (let d = 0; d < size; d++) sum = f(sum + f(floats[q0 + d]! * floats[column + d * PLACES]!));
            floats[s0 + s] = sum;
          }
          let top = -Infinity;
          for (let s = 0; s < places; s++) top = Math.max(top, scale * floats[s0 + s]!);
          let total = 0;
          for (let s = 0; s < places; s++) total += doubles[e0 + s] = exp(scale * floats[s0 + s]! - top);
          for (let s = 0; s < places; s++) floats[s0 + s] = doubles[e0 + s]! / total;
          for (let d = 0; d < size; d++) {
            let sum = 0;
            for (let s = 0; s < places; s++) sum = f(sum + f(floats[s0 + s]! * floats[v0 + s * size + d]!));
            floats[out / 4 + (r * heads + head) * size + d] = sum;
          }
        }
      }
    },
  };
}
