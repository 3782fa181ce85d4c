import type { TensorInfo } from "@tensorflow/tfjs";
import type { IeeeBackend } from "./ieeeBackend.ts";
import type { TensorKernel } from "./tensorKernels.ts";
import { matrixShape } from "./tensorKernels.ts";

/** Rows are positions of sequences, one sequence after the other, `length` positions each. */
export interface AttentionGeometry {
  readonly heads: number;
  readonly length: number;
}

/** Added to a variance before its root is taken, as Ba et al. (2016) do. */
const NORM_EPSILON = 1e-5;

/** Layer normalisation and causal attention; networkOps.ts gives them types and gradients. */
export const sequenceKernels: Readonly<Record<string, TensorKernel>> = {
  /** (x - mean) / √(variance + ε) per row, and 1 / √(variance + ε), which its gradient needs. */
  Normalise({ x }, _, backend) {
    const [rows, columns] = matrixShape(x!);
    const [normal, inverse] = [backend.output([rows, columns]), backend.output([rows])];
    const [from, to] = [backend.pointer(x!), backend.pointer(normal)];
    backend.kernels.normalise(rows, columns, NORM_EPSILON, from, to, backend.pointer(inverse));
    return [normal, inverse];
  },

  NormaliseGrad({ normal, inverse, dy }, _, backend) {
    const [rows, columns] = matrixShape(normal!);
    const out = backend.output([rows, columns]);
    backend.floats(out).set(backend.floats(dy!));
    const [n, i] = [backend.pointer(normal!), backend.pointer(inverse!)];
    backend.kernels.normaliseBackward(rows, columns, n, i, backend.pointer(out));
    return out;
  },

  ScaleColumns({ x, gain }, _, backend) {
    return scaled(backend, x!, gain!);
  },

  /** x·gain + bias per column. */
  ScaleShift({ x, gain, bias }, _, backend) {
    const [rows, columns] = matrixShape(x!);
    const out = scaled(backend, x!, gain!);
    backend.kernels.addBias(rows, columns, backend.pointer(out), backend.pointer(bias!));
    return out;
  },

  ColumnProducts({ x, y }, _, backend) {
    const [rows, columns] = matrixShape(x!);
    const out = backend.output([columns]);
    backend.kernels.columnProducts(rows, columns, backend.pointer(x!), backend.pointer(y!), backend.pointer(out));
    return out;
  },

  /** softmax(Q·Kᵀ/√width of a head)·V per head over the positions up to each, and the softmax. */
  CausalAttention({ query, key, value }, attributes, backend) {
    const { width, blocks, length, across, scale, at } = geometryOf(query!, attributes);
    const { kernels, scratch } = backend;
    const out = backend.output(query!.shape);
    const weights = backend.output([blocks, length, length]);
    const [q, k, v] = [backend.pointer(query!), backend.pointer(key!), backend.pointer(value!)];
    const [o, p] = [backend.pointer(out), backend.pointer(weights)];
    const square = 4 * length * length;
    for (let b = 0; b < blocks; b++) {
      const [qb, kb] = [q + at(b), k + at(b)];
      kernels.gemm(length, length, width, 1, qb, across, 1, kb, 1, across, 0, p + b * square, length, scratch);
    }
    backend.withDoubles(length, (doubles) => {
      kernels.causalSoftmax(blocks, length, scale, p, doubles);
    });
    for (let b = 0; b < blocks; b++) {
      const [pb, vb] = [p + b * square, v + at(b)];
      kernels.gemm(length, width, length, 1, pb, length, 1, vb, across, 1, 0, o + at(b), across, scratch);
    }
    return [out, weights];
  },

  /** Gradients in query, key and value. */
  CausalAttentionGrad({ query, key, value, weights, dy }, attributes, backend) {
    const { width, blocks, length, across, scale, at } = geometryOf(query!, attributes);
    const { kernels, scratch } = backend;
    const [dQuery, dKey, dValue] = [query!, key!, value!].map(({ shape }) => backend.output(shape));
    const dWeights = backend.output(weights!.shape);
    const [q, k, v] = [backend.pointer(query!), backend.pointer(key!), backend.pointer(value!)];
    const [dq, dk, dv] = [backend.pointer(dQuery!), backend.pointer(dKey!), backend.pointer(dValue!)];
    const [p, dp, d] = [backend.pointer(weights!), backend.pointer(dWeights), backend.pointer(dy!)];
    const square = 4 * length * length;
    for (let b = 0; b < blocks; b++) {
      const [pb, db, vb] = [p + b * square, d + at(b), v + at(b)];
      kernels.gemm(length, width, length, 1, pb, 1, length, db, across, 1, 0, dv + at(b), across, scratch);
      kernels.gemm(length, length, width, 1, db, across, 1, vb, 1, across, 0, dp + b * square, length, scratch);
    }
    kernels.causalSoftmaxBackward(blocks, length, scale, p, dp);
    for (let b = 0; b < blocks; b++) {
      const [db, kb, qb] = [dp + b * square, k + at(b), q + at(b)];
      kernels.gemm(length, width, length, 1, db, length, 1, kb, across, 1, 0, dq + at(b), across, scratch);
      kernels.gemm(length, width, length, 1, db, 1, length, qb, across, 1, 0, dk + at(b), across, scratch);
    }
    backend.disposeData(dWeights.dataId);
    return [dQuery!, dKey!, dValue!];
  },
};

/** A block is one head of one sequence; `at` is the byte offset of its first element in query, key, value and output. */
function geometryOf(query: TensorInfo, attributes: Readonly<Record<string, unknown>>) {
  const { heads, length } = attributes as unknown as AttentionGeometry;
  const [rows, across] = matrixShape(query);
  const width = across / heads;
  const at = (block: number) => 4 * (Math.floor(block / heads) * length * across + (block % heads) * width);
  return { width, blocks: (rows / length) * heads, length, across, scale: 1 / Math.sqrt(width), at };
}

function scaled(backend: IeeeBackend, x: TensorInfo, gain: TensorInfo): TensorInfo {
  const [rows, columns] = matrixShape(x);
  const out = backend.output([rows, columns]);
  backend.kernels.scaleColumns(rows, columns, backend.pointer(x), backend.pointer(gain), backend.pointer(out));
  return out;
}
