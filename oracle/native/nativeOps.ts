import * as tf from "@tensorflow/tfjs";
import type { ConvolutionLayer } from "../model/architecture.ts";
import type { NetworkOps } from "../model/networkOps.ts";
import { stockOps } from "../model/stockOps.ts";

/** The stock operations, with gathers where the WebAssembly backend lacks their gradients. */
export const nativeOps: NetworkOps = {
  ...stockOps,
  patches(x, layer) {
    const pixels = tf.tensor1d(patchPixels(layer), "int32");
    return tf.reshape(tf.gather(x, pixels, 1), [-1, layer.inputs]);
  },
  embeddingBag({ offsets, ids, weights }, table) {
    const rowOfToken = tf.tensor1d(segments(offsets.dataSync()), "int32");
    const embeddings = tf.mul<tf.Tensor2D>(tf.gather(table, ids), tf.expandDims(weights, 1));
    return tf.unsortedSegmentSum(embeddings, rowOfToken, offsets.shape[0] - 1);
  },
};

/** Index into a flattened image of every element of every patch, patch by patch. */
function patchPixels({ height, width, channels, kernel, stride }: ConvolutionLayer): Int32Array {
  const pixels: number[] = [];
  for (let top = 0; top + kernel <= height; top += stride) {
    for (let left = 0; left + kernel <= width; left += stride) {
      for (let y = top; y < top + kernel; y++) {
        for (let x = left; x < left + kernel; x++) {
          for (let c = 0; c < channels; c++) pixels.push((y * width + x) * channels + c);
        }
      }
    }
  }
  return Int32Array.from(pixels);
}

/** The row of each token of the bags that these offsets bound. */
function segments(offsets: ArrayLike<number>): Int32Array {
  const rows = new Int32Array(offsets[offsets.length - 1]!);
  for (let row = 0; row + 1 < offsets.length; row++) rows.fill(row, offsets[row], offsets[row + 1]);
  return rows;
}
