import type * as tensorflow from "@tensorflow/tfjs";
import type { KernelFactory } from "../numerics/kernels.ts";
import { startTensorflow } from "../numerics/tensorflow.ts";
import { aligned, createWorkspace } from "../numerics/workspace.ts";
import type { Architecture, Layer } from "./architecture.ts";
import { architectureOf } from "./architecture.ts";
import { checkRows, largestBatchEntries, placeRows, preparedInputs } from "./batches.ts";
import { createNetwork, networkElements } from "./network.ts";
import type { Recipe } from "./recipe.ts";
import type { Inputs, LabelledRows } from "./rows.ts";
import { rowCount } from "./rows.ts";
import type { Weights } from "./weights.ts";
import { flattenWeights, unflattenWeights } from "./weights.ts";

type Tensorflow = typeof tensorflow;

/** How far this package and TensorFlow.js are apart on the same weights and rows. */
export interface CrossCheck {
  /** Largest difference of a logit, relative to the largest logit. */
  readonly logits: number;
  /** Per parameter tensor the largest difference of a gradient element, relative to the tensor's largest element. */
  readonly gradients: ReadonlyMap<string, number>;
}

/**
 * Compares the hand-written forward and backward pass with TensorFlow.js and its automatic differentiation: logits, and the gradient of
 * the mean cross-entropy. Both are float32, so differences of about 1e-6 are rounding.
 */
export async function crossCheck(
  createKernels: KernelFactory,
  recipe: Recipe,
  weights: Weights,
  rows: LabelledRows,
): Promise<CrossCheck> {
  const architecture = architectureOf(recipe);
  checkRows(architecture, rows);
  const own = ownGradient(createKernels, architecture, weights, rows);
  const tf = await startTensorflow();
  const other = tensorflowGradient(tf, architecture, weights, rows);
  const gradients = own.gradients.map(
    ({ name, values }, i) => [name, relativeDifference(values, other.gradients[i]!)] as const,
  );
  return { logits: relativeDifference(own.logits, other.logits), gradients: new Map(gradients) };
}

function relativeDifference(a: Float32Array, b: Float32Array): number {
  let difference = 0;
  let largest = 0;
  for (let i = 0; i < a.length; i++) {
    difference = Math.max(difference, Math.abs(a[i]! - b[i]!));
    largest = Math.max(largest, Math.abs(a[i]!), Math.abs(b[i]!));
  }
  return largest === 0 ? 0 : difference / largest;
}

function ownGradient(createKernels: KernelFactory, architecture: Architecture, weights: Weights, rows: LabelledRows) {
  const count = rows.labels.length;
  const inputs = preparedInputs(rows.inputs);
  const entries = largestBatchEntries(inputs, count);
  const { parameterElements, classes } = architecture;
  const elements =
    2 * aligned(parameterElements) + networkElements(architecture, count, entries) + 4 * aligned(count + classes);
  const space = createWorkspace(createKernels, elements, "compare fewer rows");
  const parameters = space.allocate(parameterElements);
  const gradient = space.allocate(parameterElements);
  const network = createNetwork(space, architecture, parameters, count, entries);
  const [labels, losses, scratch] = [space.allocate(count), space.allocate(2 * count), space.allocate(2 * classes)];
  flattenWeights(architecture, weights, space.floats(parameters, parameterElements));
  space.integers(labels, count).set(rows.labels);
  placeRows(
    network,
    inputs,
    Int32Array.from({ length: count }, (_, row) => row),
  );
  network.forward(count, false);
  space.kernels.crossEntropy(count, classes, 1 / count, network.logits, labels, network.outputDelta, losses, scratch);
  network.backward(count, false, gradient);
  return {
    logits: space.floats(network.logits, count * classes).slice(),
    gradients: unflattenWeights(architecture, space.floats(gradient, parameterElements)),
  };
}

function tensorflowGradient(tf: Tensorflow, architecture: Architecture, weights: Weights, rows: LabelledRows) {
  const { classes } = architecture;
  tf.engine().startScope();
  const tensors = weights.map(({ values, shape }) => tf.tensor(values, [...shape]));
  const oneHot = tf.oneHot(tf.tensor1d(rows.labels, "int32"), classes);
  const forward = (parameters: tensorflow.Tensor[]) => networkOf(tf, architecture, parameters, rows.inputs);
  const loss = (...parameters: tensorflow.Tensor[]) => {
    const logProbabilities = tf.logSoftmax(forward(parameters));
    return tf.mul(-1 / rows.labels.length, tf.sum(tf.mul(oneHot, logProbabilities)));
  };
  const logits = forward(tensors).dataSync() as Float32Array;
  const gradients = tf
    .grads(loss)(tensors)
    .map((gradient) => gradient.dataSync() as Float32Array);
  tf.engine().endScope();
  return { logits, gradients };
}

/** Logits of the whole network in TensorFlow.js operations. */
function networkOf(tf: Tensorflow, architecture: Architecture, parameters: tensorflow.Tensor[], inputs: Inputs) {
  const byName = new Map(architecture.parameters.map(({ name }, i) => [name, parameters[i]!]));
  let x: tensorflow.Tensor =
    inputs.kind === "dense" ? tf.tensor2d(inputs.values, [rowCount(inputs), inputs.width]) : tf.scalar(0);
  for (const layer of architecture.layers) {
    x = layer.kind === "embeddingBag" ? meanEmbedding(tf, layer, byName, inputs) : affine(tf, layer, byName, x);
  }
  return x as tensorflow.Tensor2D;
}

function affine(
  tf: Tensorflow,
  layer: Exclude<Layer, { kind: "embeddingBag" }>,
  parameters: ReadonlyMap<string, tensorflow.Tensor>,
  x: tensorflow.Tensor,
): tensorflow.Tensor {
  const weight = parameters.get(layer.weight.name)!;
  const bias = parameters.get(layer.bias.name)!;
  const rows = layer.kind === "convolution" ? tf.matMul(x, patchSelection(tf, layer)) : x;
  const z = tf.add(tf.matMul(rows.reshape([-1, layer.inputs]), weight), bias).reshape([x.shape[0], -1]);
  if (layer.activation === 1) return tf.mul(z, tf.sigmoid(z));
  return layer.activation === 2 ? tf.relu(z) : z;
}

/**
 * Images (flattened) times this matrix are their patches: the WebAssembly backend has no gradient of a convolution, but one of a matrix
 * product.
 */
function patchSelection(tf: Tensorflow, layer: Extract<Layer, { kind: "convolution" }>): tensorflow.Tensor2D {
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

function meanEmbedding(
  tf: Tensorflow,
  layer: Extract<Layer, { kind: "embeddingBag" }>,
  parameters: ReadonlyMap<string, tensorflow.Tensor>,
  inputs: Inputs,
): tensorflow.Tensor {
  if (inputs.kind !== "bags") throw new TypeError("an embedding bag reads bags");
  const count = rowCount(inputs);
  const shares = new Float32Array(count * layer.buckets);
  for (let row = 0; row < count; row++) {
    const [start, end] = [inputs.offsets[row]!, inputs.offsets[row + 1]!];
    for (let t = start; t < end; t++) shares[row * layer.buckets + inputs.ids[t]!]! += 1 / (end - start);
  }
  return tf.matMul(tf.tensor2d(shares, [count, layer.buckets]), parameters.get(layer.table.name)!);
}
