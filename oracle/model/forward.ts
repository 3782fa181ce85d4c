import type { Tensor, Tensor1D, Tensor2D } from "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs";
import type { Architecture, Layer } from "./architecture.ts";
import type { PreparedInputs } from "./batches.ts";
import type { NetworkOps, SparseTensors } from "./networkOps.ts";

/** A batch of inputs as tensors. */
export type InputTensors =
  { readonly kind: "dense"; readonly x: Tensor2D } | ({ readonly kind: "sparse" } & SparseTensors);

/** What a pass may do at each layer. */
export interface ForwardOptions {
  /** Dropout factors by layer. */
  readonly masks?: ReadonlyMap<Layer, Tensor2D>;
  /** Sees what a layer reads (nothing for an embedding bag) and its pre-activation, and may replace the latter. */
  readonly tap?: (layer: Layer, input: Tensor2D | undefined, z: Tensor2D) => Tensor2D;
}

/** Tensors of the chosen rows, in this order. */
export function inputTensors(inputs: PreparedInputs, rows: ArrayLike<number>): InputTensors {
  if (inputs.kind === "dense") {
    const { values, width } = inputs;
    const chosen = new Float32Array(rows.length * width);
    for (let i = 0; i < rows.length; i++)
      chosen.set(values.subarray(rows[i]! * width, (rows[i]! + 1) * width), i * width);
    return { kind: "dense", x: tf.tensor2d(chosen, [rows.length, width]) };
  }
  const offsets = new Int32Array(rows.length + 1);
  for (let i = 0; i < rows.length; i++) {
    offsets[i + 1] = offsets[i]! + inputs.offsets[rows[i]! + 1]! - inputs.offsets[rows[i]!]!;
  }
  const ids = new Int32Array(offsets[rows.length]!);
  const weights = new Float32Array(offsets[rows.length]!);
  for (let i = 0; i < rows.length; i++) {
    const [start, end] = [inputs.offsets[rows[i]!]!, inputs.offsets[rows[i]! + 1]!];
    ids.set(inputs.ids.subarray(start, end), offsets[i]);
    weights.set(inputs.weights.subarray(start, end), offsets[i]);
  }
  return {
    kind: "sparse",
    offsets: tf.tensor1d(offsets, "int32"),
    ids: tf.tensor1d(ids, "int32"),
    weights: tf.tensor1d(weights),
  };
}

/**
 * Logits of a batch, rows x classes, in TensorFlow.js operations on the current backend.
 * @param parameters in the order of the architecture
 */
export function forward(
  ops: NetworkOps,
  architecture: Architecture,
  parameters: readonly Tensor[],
  input: InputTensors,
  { masks, tap = (_layer, _input, z) => z }: ForwardOptions = {},
): Tensor2D {
  const byName = new Map(architecture.parameters.map(({ name }, i) => [name, parameters[i]!]));
  let x: Tensor2D | undefined = input.kind === "dense" ? input.x : undefined;
  for (const layer of architecture.layers) {
    if (layer.kind === "embeddingBag") {
      x = tap(layer, undefined, ops.embeddingBag(input as SparseTensors, byName.get(layer.table.name) as Tensor2D));
      continue;
    }
    const reads = layer.kind === "convolution" ? ops.patches(x!, layer) : x!;
    const weight = byName.get(layer.weight.name) as Tensor2D;
    const bias = byName.get(layer.bias.name) as Tensor1D;
    const z = tap(layer, reads, ops.affine(reads, weight, bias));
    x = ops.activate(layer.activation, z);
    if (layer.kind === "convolution") x = tf.reshape(x, [-1, layer.positions * layer.outputs]);
    const mask = masks?.get(layer);
    if (mask !== undefined) x = tf.mul(x, mask);
  }
  return x!;
}
