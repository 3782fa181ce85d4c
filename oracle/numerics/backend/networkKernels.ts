import type { TensorInfo } from "@tensorflow/tfjs";
import type { IeeeBackend } from "./ieeeBackend.ts";
import type { TensorKernel } from "./tensorKernels.ts";
import { matrixShape } from "./tensorKernels.ts";

/** Geometry of a convolution without padding over channels-last images. */
export interface PatchGeometry {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly kernel: number;
  readonly stride: number;
}

/** The steps of this package's networks as fused operations; ops.ts gives them types and gradients. */
export const networkKernels: Readonly<Record<string, TensorKernel>> = {
  /** x·W + b per row. */
  Affine({ x, weight, bias }, _, backend) {
    const [rows, inputs] = matrixShape(x!);
    const [, outputs] = matrixShape(weight!);
    const out = backend.output([rows, outputs]);
    const [px, pw, z] = [backend.pointer(x!), backend.pointer(weight!), backend.pointer(out)];
    backend.kernels.gemm(rows, outputs, inputs, 1, px, inputs, 1, pw, outputs, 1, 0, z, outputs, backend.scratch);
    backend.kernels.addBias(rows, outputs, z, backend.pointer(bias!));
    return out;
  },

  ColumnSums({ x }, _, backend) {
    const [rows, columns] = matrixShape(x!);
    const out = backend.output([columns]);
    backend.kernels.columnSums(rows, columns, backend.pointer(x!), backend.pointer(out));
    return out;
  },

  Activate({ z }, { kind }, backend) {
    const out = backend.output(z!.shape);
    backend.kernels.activation(kind as number, elementsOf(z!), backend.pointer(z!), backend.pointer(out));
    return out;
  },

  ActivateGrad({ z, dy }, { kind }, backend) {
    const out = copyOf(backend, dy!);
    backend.kernels.activateBackward(kind as number, elementsOf(z!), backend.pointer(z!), backend.pointer(out));
    return out;
  },

  GatherPatches({ x }, attributes, backend) {
    const { height, width, channels, kernel, stride } = attributes as unknown as PatchGeometry;
    const images = x!.shape[0]!;
    const positions = (Math.floor((height - kernel) / stride) + 1) * (Math.floor((width - kernel) / stride) + 1);
    const out = backend.output([images * positions, kernel * kernel * channels]);
    const [from, to] = [backend.pointer(x!), backend.pointer(out)];
    backend.kernels.gatherPatches(images, height, width, channels, kernel, stride, from, to);
    return out;
  },

  ScatterPatches({ patches }, attributes, backend) {
    const { images, height, width, channels, kernel, stride } = attributes as unknown as PatchGeometry & {
      images: number;
    };
    const out = backend.output([images, height * width * channels]);
    const [from, to] = [backend.pointer(patches!), backend.pointer(out)];
    backend.kernels.scatterPatches(images, height, width, channels, kernel, stride, from, to);
    return out;
  },

  EmbeddingBag({ offsets, ids, weights, table }, _, backend) {
    const rows = elementsOf(offsets!) - 1;
    const [, dimension] = matrixShape(table!);
    const out = backend.output([rows, dimension]);
    const [po, pi, pw] = [backend.pointer(offsets!), backend.pointer(ids!), backend.pointer(weights!)];
    backend.kernels.bagForward(rows, dimension, po, pi, pw, backend.pointer(table!), backend.pointer(out));
    return out;
  },

  EmbeddingBagGrad({ offsets, ids, weights, dy }, { buckets }, backend) {
    const [rows, dimension] = matrixShape(dy!);
    const out = backend.output([buckets as number, dimension]);
    backend.floats(out).fill(0);
    const [po, pi, pw] = [backend.pointer(offsets!), backend.pointer(ids!), backend.pointer(weights!)];
    backend.kernels.bagBackward(rows, dimension, po, pi, pw, backend.pointer(dy!), backend.pointer(out));
    return out;
  },

  /** Mean of -log p_label over the rows that have a label (0 or above), and its gradient. */
  MeanCrossEntropy({ logits, labels }, _, backend) {
    const [rows, classes] = matrixShape(logits!);
    let labelled = 0;
    for (const label of backend.readSync(labels!.dataId)) labelled += Number(label >= 0);
    const [mean, gradient] = [backend.output([]), backend.output(logits!.shape)];
    const [z, y, delta] = [backend.pointer(logits!), backend.pointer(labels!), backend.pointer(gradient)];
    backend.withDoubles(rows + classes, (doubles) => {
      backend.kernels.crossEntropy(rows, classes, 1 / labelled, z, y, delta, doubles, doubles + 8 * rows);
      let sum = 0;
      for (const loss of backend.doubles(doubles, rows)) sum += loss;
      backend.floats(mean)[0] = sum / labelled;
    });
    return [mean, gradient];
  },

  /** Σ log p_label over the rows that have a label, and its gradient. */
  LogLikelihood({ logits, labels }, _, backend) {
    const [rows, classes] = matrixShape(logits!);
    const [total, gradient] = [backend.output([]), backend.output(logits!.shape)];
    const [z, y, delta] = [backend.pointer(logits!), backend.pointer(labels!), backend.pointer(gradient)];
    backend.withDoubles(rows + classes, (doubles) => {
      backend.kernels.crossEntropy(rows, classes, -1, z, y, delta, doubles, doubles + 8 * rows);
      let sum = 0;
      for (const loss of backend.doubles(doubles, rows)) sum -= loss;
      backend.floats(total)[0] = sum;
    });
    return [total, gradient];
  },

  /** f = z_y - log Σ_{k≠y} exp z_k, its gradient, and 1 - p_y. */
  Margin({ logits, labels }, _, backend) {
    const [rows, classes] = matrixShape(logits!);
    const [value, gradient, doubt] = [backend.output([rows]), backend.output(logits!.shape), backend.output([rows])];
    const [z, y] = [backend.pointer(logits!), backend.pointer(labels!)];
    const [f, delta, d] = [backend.pointer(value), backend.pointer(gradient), backend.pointer(doubt)];
    backend.withDoubles(classes, (scratch) => {
      backend.kernels.margin(rows, classes, z, y, f, delta, d, scratch);
    });
    return [value, gradient, doubt];
  },

  /** In place, as TensorFlow's ResourceApplyMomentum: changes `weight` and `velocity`. */
  MomentumUpdate({ weight, gradient, velocity }, attributes, backend) {
    const { rate, momentum, decay } = attributes as { rate: number; momentum: number; decay: number };
    const [w, g, v] = [backend.pointer(weight!), backend.pointer(gradient!), backend.pointer(velocity!)];
    backend.kernels.momentumStep(elementsOf(weight!), rate, momentum, decay, w, g, v);
    return [];
  },

  /** In place, as TensorFlow's ResourceApplyAdam: changes `weight`, `first` and `second`. */
  AdamUpdate({ weight, gradient, first, second }, attributes, backend) {
    const { rate, beta1, beta2, correction, epsilon } = attributes as Record<string, number>;
    const [w, g] = [backend.pointer(weight!), backend.pointer(gradient!)];
    const [m, v] = [backend.pointer(first!), backend.pointer(second!)];
    backend.kernels.adamStep(elementsOf(weight!), rate!, beta1!, beta2!, correction!, epsilon!, w, g, m, v);
    return [];
  },
};

function elementsOf({ shape }: TensorInfo): number {
  return shape.reduce((product, size) => product * size, 1);
}

function copyOf(backend: IeeeBackend, x: TensorInfo): TensorInfo {
  const out = backend.output(x.shape);
  backend.floats(out).set(backend.floats(x));
  return out;
}
