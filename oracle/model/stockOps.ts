import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs";
import type { ConvolutionLayer } from "./architecture.ts";
import type { NetworkOps } from "./networkOps.ts";

/** The steps of a network in operations that every backend of TensorFlow.js differentiates. */
export const stockOps: NetworkOps = {
  affine: (x, weight, bias) => tf.add(tf.matMul(x, weight), bias),
  activate: (kind, z) => (kind === 0 ? z : kind === 1 ? tf.mul(z, tf.sigmoid(z)) : tf.relu(z)),
  patches: (x, layer) => tf.reshape(tf.matMul(x, patchSelection(layer)), [-1, layer.inputs]),
  embeddingBag: ({ offsets, ids, weights }, table) =>
    tf.matMul(denseShares(offsets, ids, weights, table.shape[0]), table),
  meanCrossEntropy: (logits, labels) => {
    const oneHot = tf.oneHot(labels, logits.shape[1]);
    return tf.mul(-1 / logits.shape[0], tf.sum(tf.mul(oneHot, tf.logSoftmax(logits))));
  },
};

/**
 * Flattened images times this matrix are their patches: the WebAssembly backend has no gradient of a convolution, but one of a matrix
 * product.
 */
function patchSelection(layer: ConvolutionLayer): Tensor2D {
  const { height, width, channels, kernel, stride, positions, inputs } = layer;
  const across = Math.floor((width - kernel) / stride) + 1;
  const columns = positions * inputs;
  const selection = new Float32Array(height * width * channels * columns);
  for (let column = 0; column < columns; column++) {
    const position = Math.floor(column / inputs);
    const [top, left] = [Math.floor(position / across) * stride, (position % across) * stride];
    const within = column % inputs;
    const pixel = Math.floor(within / channels);
    const [y, x] = [top + Math.floor(pixel / kernel), left + (pixel % kernel)];
    selection[((y * width + x) * channels + (within % channels)) * columns + column] = 1;
  }
  return tf.tensor2d(selection, [height * width * channels, columns]);
}

function denseShares(offsets: Tensor1D, ids: Tensor1D, weights: Tensor1D, buckets: number): Tensor2D {
  const [starts, tokens, shares] = [offsets.dataSync(), ids.dataSync(), weights.dataSync()];
  const rows = starts.length - 1;
  const dense = new Float32Array(rows * buckets);
  for (let row = 0; row < rows; row++) {
    for (let t = starts[row]!; t < starts[row + 1]!; t++) dense[row * buckets + tokens[t]!]! += shares[t]!;
  }
  return tf.tensor2d(dense, [rows, buckets]);
}
