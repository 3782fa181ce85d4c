import { exp, gelu, geluSlope, log, tanh } from "./elementary.ts";
import type { Kernels } from "./kernels.ts";
import { createPlainDecoder } from "./plainDecoder.ts";
import { createPlainIntegers } from "./plainIntegers.ts";
import { createPlainSequences } from "./plainSequences.ts";

const f = Math.fround;

/**
 * The kernels as plain loops: the definition of the numerics profile. `Math.fround` after every operation is what float32
 * arithmetic does; a float64 operation on two float32 values, rounded to float32, is that operation in float32.
 */
export function createPlainKernels(memory: WebAssembly.Memory): Kernels {
  const floats = new Float32Array(memory.buffer);
  const doubles = new Float64Array(memory.buffer);
  const integers = new Int32Array(memory.buffer);

  function softmaxRow(classes: number, z: number, p: number): number {
    let top = floats[z]!;
    for (let c = 1; c < classes; c++) if (floats[z + c]! > top) top = floats[z + c]!;
    let sum = 0;
    for (let c = 0; c < classes; c++) sum += doubles[p + c] = exp(floats[z + c]! - top);
    for (let c = 0; c < classes; c++) doubles[p + c]! /= sum;
    return top + log(sum);
  }

  return {
    memory,
    ...createPlainSequences(memory),
    ...createPlainIntegers(memory),
    ...createPlainDecoder(memory),
    gemmScratchBytes: () => 0,

    gemm(m, n, k, alpha, a, aRow, aColumn, b, bRow, bColumn, beta, c, cRow) {
      const [a0, b0, c0] = [a / 4, b / 4, c / 4];
      for (let i = 0; i < m; i++) {
        for (let j = 0; j < n; j++) {
          let sum = beta === 0 ? 0 : floats[c0 + i * cRow + j]!;
          for (let t = 0; t < k; t++) {
            const product = f(alpha * floats[a0 + i * aRow + t * aColumn]! * floats[b0 + t * bRow + j * bColumn]!);
            sum = f(sum + product);
          }
          floats[c0 + i * cRow + j] = sum;
        }
      }
    },

    choleskyBlock(n, a, stride) {
      const a0 = a / 4;
      for (let i = 0; i < n; i++) {
        for (let j = i; j < n; j++) {
          let sum = floats[a0 + i * stride + j]!;
          for (let k = 0; k < i; k++) sum = f(sum - f(floats[a0 + k * stride + i]! * floats[a0 + k * stride + j]!));
          if (i === j && !(sum > 0)) return i + 1;
          floats[a0 + i * stride + j] = i === j ? Math.sqrt(sum) : sum / floats[a0 + i * stride + i]!;
        }
      }
      return 0;
    },

    solveUpperTransposed(n, columns, u, uStride, b, bStride) {
      const [u0, b0] = [u / 4, b / 4];
      for (let i = 0; i < n; i++) {
        for (let c = 0; c < columns; c++) {
          let sum = floats[b0 + i * bStride + c]!;
          for (let k = 0; k < i; k++) sum = f(sum - f(floats[u0 + k * uStride + i]! * floats[b0 + k * bStride + c]!));
          floats[b0 + i * bStride + c] = sum / floats[u0 + i * uStride + i]!;
        }
      }
    },

    solveUpper(n, columns, u, uStride, b, bStride) {
      const [u0, b0] = [u / 4, b / 4];
      for (let i = n - 1; i >= 0; i--) {
        for (let c = 0; c < columns; c++) {
          let sum = floats[b0 + i * bStride + c]!;
          for (let k = n - 1; k > i; k--) {
            sum = f(sum - f(floats[u0 + i * uStride + k]! * floats[b0 + k * bStride + c]!));
          }
          floats[b0 + i * bStride + c] = sum / floats[u0 + i * uStride + i]!;
        }
      }
    },

    addBias(rows, columns, z, bias) {
      for (let r = 0; r < rows; r++) {
        for (let c = 0; c < columns; c++) floats[z / 4 + r * columns + c]! += floats[bias / 4 + c]!;
      }
    },

    activation(kind, count, z, h) {
      for (let i = 0; i < count; i++) {
        const value = floats[z / 4 + i]!;
        floats[h / 4 + i] = activated(kind, value);
      }
    },

    activateBackward(kind, count, z, delta) {
      const [z0, d0] = [z / 4, delta / 4];
      for (let i = 0; i < count; i++) {
        const x = floats[z0 + i]!;
        if (kind === 1) {
          const s = 1 / (1 + exp(-x));
          floats[d0 + i]! *= s * (1 + x * (1 - s));
        } else if (kind === 2) {
          floats[d0 + i] = x > 0 ? floats[d0 + i]! : 0;
        } else if (kind === 3) {
          floats[d0 + i]! *= geluSlope(x);
        } else if (kind === 4) {
          const h = tanh(x);
          floats[d0 + i]! *= 1 - h * h;
        }
      }
    },

    crossEntropy(rows, classes, scale, z, labels, delta, loss, scratch) {
      const [z0, d0, p0] = [z / 4, delta / 4, scratch / 8];
      const factor = f(scale);
      for (let r = 0; r < rows; r++) {
        const label = integers[labels / 4 + r]!;
        if (label < 0) {
          doubles[loss / 8 + r] = 0;
          floats.fill(0, d0 + r * classes, d0 + (r + 1) * classes);
          continue;
        }
        const logSum = softmaxRow(classes, z0 + r * classes, p0);
        doubles[loss / 8 + r] = logSum - floats[z0 + r * classes + label]!;
        for (let c = 0; c < classes; c++) {
          const p = doubles[p0 + c]!;
          floats[d0 + r * classes + c] = factor * (c === label ? p - 1 : p);
        }
      }
    },

    softmax(rows, classes, z, out, scratch) {
      for (let r = 0; r < rows; r++) {
        softmaxRow(classes, z / 4 + r * classes, scratch / 8);
        for (let c = 0; c < classes; c++) floats[out / 4 + r * classes + c] = doubles[scratch / 8 + c]!;
      }
    },

    margin(rows, classes, z, labels, value, delta, doubt, scratch) {
      const p0 = scratch / 8;
      for (let r = 0; r < rows; r++) {
        const z0 = z / 4 + r * classes;
        const d0 = delta / 4 + r * classes;
        const label = integers[labels / 4 + r]!;
        if (label < 0) {
          floats[value / 4 + r] = 0;
          floats[doubt / 4 + r] = 0;
          floats.fill(0, d0, d0 + classes);
          continue;
        }
        let top = -Infinity;
        for (let c = 0; c < classes; c++) if (c !== label && floats[z0 + c]! > top) top = floats[z0 + c]!;
        let sum = 0;
        for (let c = 0; c < classes; c++) sum += doubles[p0 + c] = c === label ? 0 : exp(floats[z0 + c]! - top);
        const f = floats[z0 + label]! - (top + log(sum));
        floats[value / 4 + r] = f;
        floats[doubt / 4 + r] = 1 / (1 + exp(f));
        for (let c = 0; c < classes; c++) floats[d0 + c] = c === label ? 1 : -doubles[p0 + c]! / sum;
      }
    },

    columnSums(rows, columns, x, out) {
      for (let c = 0; c < columns; c++) {
        let sum = 0;
        for (let r = 0; r < rows; r++) sum = f(sum + floats[x / 4 + r * columns + c]!);
        floats[out / 4 + c] = sum;
      }
    },

    multiply(count, x, y) {
      for (let i = 0; i < count; i++) floats[x / 4 + i]! *= floats[y / 4 + i]!;
    },

    addProducts(rows, columns, scale, shift, x, xRow, y, yRow, out, outRow) {
      const [s, t] = [f(scale), f(shift)];
      for (let r = 0; r < rows; r++) {
        for (let c = 0; c < columns; c++) {
          const shifted = f(floats[x / 4 + r * xRow + c]! + t);
          floats[out / 4 + r * outRow + c]! += f(f(s * shifted) * floats[y / 4 + r * yRow + c]!);
        }
      }
    },

    bagForward(rows, dimension, offsets, ids, weights, table, out) {
      for (let r = 0; r < rows; r++) {
        for (let c = 0; c < dimension; c++) {
          let sum = 0;
          for (let t = integers[offsets / 4 + r]!; t < integers[offsets / 4 + r + 1]!; t++) {
            sum = f(sum + f(floats[weights / 4 + t]! * floats[table / 4 + integers[ids / 4 + t]! * dimension + c]!));
          }
          floats[out / 4 + r * dimension + c] = sum;
        }
      }
    },

    bagBackward(rows, dimension, offsets, ids, weights, delta, gradient) {
      for (let r = 0; r < rows; r++) {
        for (let t = integers[offsets / 4 + r]!; t < integers[offsets / 4 + r + 1]!; t++) {
          const to = gradient / 4 + integers[ids / 4 + t]! * dimension;
          for (let c = 0; c < dimension; c++) {
            floats[to + c]! += f(floats[weights / 4 + t]! * floats[delta / 4 + r * dimension + c]!);
          }
        }
      }
    },

    bagOverlap(rows, offsets, ids, weights, postingOffsets, postingRows, postingWeights, first, last, out) {
      const width = last - first;
      floats.fill(0, out / 4, out / 4 + rows * width);
      for (let r = 0; r < rows; r++) {
        for (let t = integers[offsets / 4 + r]!; t < integers[offsets / 4 + r + 1]!; t++) {
          const id = integers[ids / 4 + t]!;
          for (let p = integers[postingOffsets / 4 + id]!; p < integers[postingOffsets / 4 + id + 1]!; p++) {
            const n = integers[postingRows / 4 + p]!;
            if (n < first || n >= last) continue;
            floats[out / 4 + r * width + n - first]! += f(floats[weights / 4 + t]! * floats[postingWeights / 4 + p]!);
          }
        }
      }
    },

    momentumStep(count, rate, momentum, decay, w, g, v) {
      const [eta, mu, wd] = [f(rate), f(momentum), f(decay)];
      for (let i = 0; i < count; i++) {
        const weight = floats[w / 4 + i]!;
        const gradient = f(floats[g / 4 + i]! + f(wd * weight));
        const velocity = f(f(mu * floats[v / 4 + i]!) + gradient);
        floats[v / 4 + i] = velocity;
        floats[w / 4 + i] = weight - f(eta * velocity);
      }
    },

    adamStep(count, rate, beta1, beta2, correction, epsilon, w, g, m, v) {
      const [eta, b1, b2, c2, eps] = [f(rate), f(beta1), f(beta2), f(correction), f(epsilon)];
      const [rest1, rest2] = [f(1 - b1), f(1 - b2)];
      for (let i = 0; i < count; i++) {
        const gradient = floats[g / 4 + i]!;
        const first = f(f(b1 * floats[m / 4 + i]!) + f(rest1 * gradient));
        const second = f(f(b2 * floats[v / 4 + i]!) + f(f(rest2 * gradient) * gradient));
        floats[m / 4 + i] = first;
        floats[v / 4 + i] = second;
        const divisor = f(f(Math.sqrt(f(second * c2))) + eps);
        floats[w / 4 + i]! -= f(f(eta * first) / divisor);
      }
    },

    gatherPatches(images, height, width, channels, kernel, stride, x, patches) {
      let to = patches / 4;
      eachPatchRun(images, height, width, channels, kernel, stride, (from, count) => {
        for (let i = 0; i < count; i++) floats[to++] = floats[x / 4 + from + i]!;
      });
    },

    scatterPatches(images, height, width, channels, kernel, stride, patches, x) {
      floats.fill(0, x / 4, x / 4 + images * height * width * channels);
      let from = patches / 4;
      eachPatchRun(images, height, width, channels, kernel, stride, (to, count) => {
        for (let i = 0; i < count; i++) floats[x / 4 + to + i]! += floats[from++]!;
      });
    },
  };
}

function activated(kind: number, z: number): number {
  if (kind === 1) return z / (1 + exp(-z));
  if (kind === 2) return z > 0 ? z : 0;
  if (kind === 3) return gelu(z);
  return kind === 4 ? tanh(z) : z;
}

/** Visits the rows of every patch: the offset of its first element in the images, and its length. */
function eachPatchRun(
  images: number,
  height: number,
  width: number,
  channels: number,
  kernel: number,
  stride: number,
  visit: (offset: number, count: number) => void,
): void {
  for (let n = 0; n < images; n++) {
    for (let top = 0; top + kernel <= height; top += stride) {
      for (let left = 0; left + kernel <= width; left += stride) {
        for (let i = 0; i < kernel; i++) {
          visit(((n * height + top + i) * width + left) * channels, kernel * channels);
        }
      }
    }
  }
}
