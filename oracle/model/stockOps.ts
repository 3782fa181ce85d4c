import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs";
import type { ConvolutionLayer } from "./architecture.ts";
import type { Activation, NetworkOps } from "./networkOps.ts";

/** The steps of a network in operations that every backend of TensorFlow.js differentiates. */
export const stockOps: NetworkOps = {
  affine: (x, weight, bias) => tf.add(tf.matMul(x, weight), bias),
  activate: (kind, z) => STOCK_ACTIVATIONS[kind](z),
  patches: (x, layer) => tf.reshape(tf.matMul(x, patchSelection(layer)), [-1, layer.inputs]),
  embeddingBag: ({ offsets, ids, weights }, table) =>
    tf.matMul(denseShares(offsets, ids, weights, table.shape[0]), table),
  normalise: (x) => {
    const centred = tf.sub(x, tf.mean(x, 1, true));
    return tf.div(centred, tf.sqrt(tf.add(tf.mean(tf.square(centred), 1, true), 1e-5)));
  },
  scaleShift: (x, gain, bias) => tf.add(tf.mul(x, gain), bias),
  scaleColumns: (x, gain) => tf.mul(x, gain),
  attention: (query, key, value, { heads, length }) => {
    const [rows, width] = query.shape;
    const sequences = rows / length;
    const apart = (x: Tensor2D) =>
      tf.reshape(tf.transpose(tf.reshape(x, [sequences, length, heads, width / heads]), [0, 2, 1, 3]), [
        sequences * heads,
        length,
        width / heads,
      ]);
    const [q, k, v] = [apart(query), apart(key), apart(value)];
    const scores = tf.mul(1 / Math.sqrt(width / heads), tf.matMul(q, k, false, true));
    const later = Float32Array.from({ length: length * length }, (_, i) =>
      i % length > Math.floor(i / length) ? -1e9 : 0,
    );
    const attended = tf.matMul(tf.softmax(tf.add(scores, tf.tensor3d(later, [1, length, length]))), v);
    const together = tf.transpose(tf.reshape(attended, [sequences, heads, length, width / heads]), [0, 2, 1, 3]);
    return tf.reshape(together, [rows, width]);
  },
  meanCrossEntropy: (logits, labels) => {
    // A negative label has a row of zeros.
    const oneHot = tf.oneHot(labels, logits.shape[1]);
    const labelled = labels.dataSync().filter((label) => label >= 0).length;
    return tf.mul(-1 / labelled, tf.sum(tf.mul(oneHot, tf.logSoftmax(logits))));
  },
};

const STOCK_ACTIVATIONS: Readonly<Record<Activation, (z: Tensor2D) => Tensor2D>> = {
  0: (z) => z,
  1: (z) => tf.mul(z, tf.sigmoid(z)),
  2: (z) => tf.relu(z),
  3: (z) => {
    const cube = tf.mul(z, tf.mul(z, z));
    const inner = tf.mul(Math.sqrt(2 / Math.PI), tf.add(z, tf.mul(0.044715, cube)));
    return tf.mul(tf.mul(0.5, z), tf.add(1, tf.tanh(inner)));
  },
  4: (z) => tf.tanh(z),
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
