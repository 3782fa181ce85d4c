import type { Tensor, Tensor1D, Tensor2D } from "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs";
import type {
  Architecture,
  BlockStep,
  DenseLayer,
  EmbeddingLayer,
  EmbeddingStep,
  Layer,
  NormLayer,
  Projection,
  Step,
} from "./architecture.ts";
import type { PreparedInputs } from "./batches.ts";
import type { NetworkOps, SparseTensors } from "./networkOps.ts";

/** A batch of inputs as tensors. */
export type InputTensors =
  | { readonly kind: "dense"; readonly x: Tensor2D }
  | ({ readonly kind: "sparse" } & SparseTensors)
  /** The token, and the place in its sequence, of every position of the batch: bags of one entry each. */
  | { readonly kind: "tokens"; readonly tokens: SparseTensors; readonly places: SparseTensors };

/** What a pass may do at each layer. */
export interface ForwardOptions {
  /** Dropout factors by layer. */
  readonly masks?: ReadonlyMap<Layer, Tensor2D>;
  /**
   * Sees what a layer reads (nothing for an embedding, the normalised features for a layer norm) and its pre-activation, and may replace the
   * latter. Both have one row per row and position.
   */
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
  if (inputs.kind === "tokens") {
    const { ids, length } = inputs;
    const tokens = new Int32Array(rows.length * length);
    for (let i = 0; i < rows.length; i++) {
      tokens.set(ids.subarray(rows[i]! * length, (rows[i]! + 1) * length), i * length);
    }
    const places = tokens.map((_, i) => i % length);
    return { kind: "tokens", tokens: singleEntries(tokens), places: singleEntries(places) };
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
  return { kind: "sparse", ...sparseTensors(offsets, ids, weights) };
}

function singleEntries(ids: Int32Array): SparseTensors {
  const offsets = Int32Array.from({ length: ids.length + 1 }, (_, i) => i);
  return sparseTensors(offsets, ids, new Float32Array(ids.length).fill(1));
}

function sparseTensors(offsets: Int32Array, ids: Int32Array, weights: Float32Array): SparseTensors {
  return {
    offsets: tf.tensor1d(offsets, "int32"),
    ids: tf.tensor1d(ids, "int32"),
    weights: tf.tensor1d(weights),
  };
}

/**
 * Logits of a batch, (rows · positions) x classes, in TensorFlow.js operations on the current backend.
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
  const matrix = ({ name }: { readonly name: string }) => byName.get(name) as Tensor2D;
  const vector = ({ name }: { readonly name: string }) => byName.get(name) as Tensor1D;

  function dense(layer: DenseLayer, x: Tensor2D): Tensor2D {
    const z =
      layer.bias === undefined
        ? tf.matMul<Tensor2D>(x, matrix(layer.weight))
        : ops.affine(x, matrix(layer.weight), vector(layer.bias));
    return tap(layer, x, z);
  }

  /** z = W·x + b, and s·B·A·x where there is an adapter; then the activation. */
  function project({ base, adapter }: Projection, x: Tensor2D): Tensor2D {
    let z = dense(base, x);
    if (adapter !== undefined) {
      const { a, b, scale } = adapter;
      const reduced = ops.scaleColumns(dense(a, x), tf.tensor1d(new Float32Array(a.outputs).fill(scale)));
      z = tf.add<Tensor2D>(z, dense(b, reduced));
    }
    return ops.activate(base.activation, z);
  }

  function norm(layer: NormLayer, x: Tensor2D): Tensor2D {
    const normal = ops.normalise(x);
    return tap(layer, normal, ops.scaleShift(normal, vector(layer.gain), vector(layer.bias)));
  }

  function embedding(layer: EmbeddingLayer): Tensor2D {
    if (input.kind !== "tokens") throw new TypeError("an embedding reads tokens");
    return tap(layer, undefined, ops.embeddingBag(input[layer.reads], matrix(layer.table)));
  }

  function embeddings({ tokens, places }: EmbeddingStep): Tensor2D {
    return tf.add<Tensor2D>(embedding(tokens), embedding(places));
  }

  function block(step: BlockStep, x: Tensor2D): Tensor2D {
    const read = norm(step.attentionNorm, x);
    const [query, key, value] = [project(step.query, read), project(step.key, read), project(step.value, read)];
    const attended = tf.add<Tensor2D>(x, project(step.output, ops.attention(query, key, value, step)));
    return tf.add<Tensor2D>(attended, project(step.down, project(step.up, norm(step.denseNorm, attended))));
  }

  function take(step: Step, x: Tensor2D | undefined): Tensor2D {
    switch (step.kind) {
      case "embeddingBag":
        return tap(step, undefined, ops.embeddingBag(input as SparseTensors, matrix(step.table)));
      case "embeddings":
        return embeddings(step);
      case "block":
        return block(step, x!);
      case "norm":
        return norm(step, x!);
      case "convolution": {
        const reads = ops.patches(x!, step);
        const z = tap(step, reads, ops.affine(reads, matrix(step.weight), vector(step.bias)));
        return tf.reshape(ops.activate(step.activation, z), [-1, step.positions * step.outputs]);
      }
      case "dense": {
        const activated = ops.activate(step.activation, dense(step, x!));
        const mask = masks?.get(step);
        return mask === undefined ? activated : tf.mul(activated, mask);
      }
    }
  }

  let x: Tensor2D | undefined = input.kind === "dense" ? input.x : undefined;
  for (const step of architecture.steps) x = take(step, x);
  return x!;
}
