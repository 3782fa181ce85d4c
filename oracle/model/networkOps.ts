import type { Tensor, Tensor1D, Tensor2D } from "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs";
import type { PatchGeometry } from "../numerics/backend/networkKernels.ts";
import type { AttentionGeometry } from "../numerics/backend/sequenceKernels.ts";
import type { ConvolutionLayer } from "./architecture.ts";

/** Sparse rows as tensors; see SparseRows. */
export interface SparseTensors {
  readonly offsets: Tensor1D;
  readonly ids: Tensor1D;
  readonly weights: Tensor1D;
}

/** Activations: 0 identity, 1 SiLU, 2 ReLU, 3 GELU, 4 tanh. */
export type Activation = 0 | 1 | 2 | 3 | 4;

/** The steps of a forward pass. */
export interface NetworkOps {
  /** x·W + b. */
  affine(x: Tensor2D, weight: Tensor2D, bias: Tensor1D): Tensor2D;
  activate(kind: Activation, z: Tensor2D): Tensor2D;
  /** Patches of flattened images, one row per output position. */
  patches(x: Tensor2D, layer: ConvolutionLayer): Tensor2D;
  /** Σ weight · table[id] per row. */
  embeddingBag(bags: SparseTensors, table: Tensor2D): Tensor2D;
  /** (x - mean) / √(variance + ε) per row. */
  normalise(x: Tensor2D): Tensor2D;
  /** x·gain + bias per column. */
  scaleShift(x: Tensor2D, gain: Tensor1D, bias: Tensor1D): Tensor2D;
  /** x·gain per column. */
  scaleColumns(x: Tensor2D, gain: Tensor1D): Tensor2D;
  /** Every position's mean of the values up to it, weighted by softmax(q·k/√width) in each head. */
  attention(query: Tensor2D, key: Tensor2D, value: Tensor2D, geometry: AttentionGeometry): Tensor2D;
  /** Mean of -log p_label over the rows that have a label, a scalar. */
  meanCrossEntropy(logits: Tensor2D, labels: Tensor1D): Tensor;
}

function run(kernel: string, inputs: Record<string, Tensor>, attributes: object = {}): Tensor2D {
  return tf.engine().runKernel<Tensor2D>(kernel, { ...inputs }, { ...attributes });
}

function runSeveral(kernel: string, inputs: Record<string, Tensor>, attributes: object = {}): Tensor[] {
  return tf.engine().runKernel<Tensor[]>(kernel, { ...inputs }, { ...attributes });
}

/** The fused operations of the `ieee-sequential` backend; gradients are registered below. */
export const fusedOps: NetworkOps = {
  affine: (x, weight, bias) => run("Affine", { x, weight, bias }),
  activate: (kind, z) => (kind === 0 ? z : run("Activate", { z }, { kind })),
  patches: (x, { height, width, channels, kernel, stride }) =>
    run("GatherPatches", { x }, { height, width, channels, kernel, stride }),
  embeddingBag: ({ offsets, ids, weights }, table) => run("EmbeddingBag", { offsets, ids, weights, table }),
  normalise: (x) => runSeveral("Normalise", { x })[0] as Tensor2D,
  scaleShift: (x, gain, bias) => run("ScaleShift", { x, gain, bias }),
  scaleColumns: (x, gain) => run("ScaleColumns", { x, gain }),
  attention: (query, key, value, { heads, length }) =>
    runSeveral("CausalAttention", { query, key, value }, { heads, length })[0] as Tensor2D,
  meanCrossEntropy: (logits, labels) => runSeveral("MeanCrossEntropy", { logits, labels })[0]!,
};

/** The margin f = z_y - log Σ_{k≠y} exp z_k of each row, and 1 - p_y, of which no gradient is taken. */
export function margins(logits: Tensor2D, labels: Tensor1D): { margin: Tensor1D; doubt: Tensor1D } {
  const [margin, , doubt] = runSeveral("Margin", { logits, labels });
  return { margin: margin as Tensor1D, doubt: doubt as Tensor1D };
}

/** Σ log p_label over the rows that have a label. */
export function logLikelihood(logits: Tensor2D, labels: Tensor1D): Tensor {
  return runSeveral("LogLikelihood", { logits, labels })[0]!;
}

tf.registerGradient({
  kernelName: "Affine",
  inputsToSave: ["x", "weight"],
  gradFunc: (dy, [x, weight]) => ({
    x: () => tf.matMul(dy as Tensor2D, weight as Tensor2D, false, true),
    weight: () => tf.matMul(x as Tensor2D, dy as Tensor2D, true, false),
    bias: () => run("ColumnSums", { x: dy as Tensor2D }),
  }),
});

tf.registerGradient({
  kernelName: "Activate",
  inputsToSave: ["z"],
  gradFunc: (dy, [z], attributes) => ({ z: () => run("ActivateGrad", { z: z!, dy: dy as Tensor }, attributes) }),
});

tf.registerGradient({
  kernelName: "GatherPatches",
  inputsToSave: ["x"],
  gradFunc: (dy, [x], attributes) => ({
    x: () =>
      run(
        "ScatterPatches",
        { patches: dy as Tensor },
        { images: x!.shape[0], ...(attributes as unknown as PatchGeometry) },
      ),
  }),
});

tf.registerGradient({
  kernelName: "EmbeddingBag",
  inputsToSave: ["offsets", "ids", "weights", "table"],
  gradFunc: (dy, [offsets, ids, weights, table]) => ({
    table: () =>
      run(
        "EmbeddingBagGrad",
        { offsets: offsets!, ids: ids!, weights: weights!, dy: dy as Tensor },
        { buckets: table!.shape[0] },
      ),
  }),
});

tf.registerGradient({
  kernelName: "MeanCrossEntropy",
  outputsToSave: [false, true],
  // The loss is where differentiation starts: its own gradient is 1.
  gradFunc: (_dy, [gradient]) => ({ logits: () => tf.clone(gradient!) }),
});

tf.registerGradient({
  kernelName: "Margin",
  outputsToSave: [false, true, false],
  // Margins are differentiated one row at a time, all with gradient 1.
  gradFunc: (_dy, [gradient]) => ({ logits: () => tf.clone(gradient!) }),
});

tf.registerGradient({
  kernelName: "LogLikelihood",
  outputsToSave: [false, true],
  // Where differentiation starts, as above.
  gradFunc: (_dy, [gradient]) => ({ logits: () => tf.clone(gradient!) }),
});

tf.registerGradient({
  kernelName: "Normalise",
  outputsToSave: [true, true],
  gradFunc: (dy, [normal, inverse]) => ({
    x: () => run("NormaliseGrad", { normal: normal!, inverse: inverse!, dy: (dy as unknown as Tensor[])[0]! }),
  }),
});

tf.registerGradient({
  kernelName: "ScaleShift",
  inputsToSave: ["x", "gain"],
  gradFunc: (dy, [x, gain]) => ({
    x: () => run("ScaleColumns", { x: dy as Tensor, gain: gain! }),
    gain: () => run("ColumnProducts", { x: x!, y: dy as Tensor }),
    bias: () => run("ColumnSums", { x: dy as Tensor }),
  }),
});

tf.registerGradient({
  kernelName: "ScaleColumns",
  inputsToSave: ["gain"],
  gradFunc: (dy, [gain]) => ({ x: () => run("ScaleColumns", { x: dy as Tensor, gain: gain! }) }),
});

tf.registerGradient({
  kernelName: "CausalAttention",
  inputsToSave: ["query", "key", "value"],
  outputsToSave: [false, true],
  gradFunc: (dy, [query, key, value, weights], attributes) => {
    const inputs = { query: query!, key: key!, value: value!, weights: weights!, dy: (dy as unknown as Tensor[])[0]! };
    const [dQuery, dKey, dValue] = runSeveral("CausalAttentionGrad", inputs, attributes);
    return { query: () => dQuery!, key: () => dKey!, value: () => dValue! };
  },
});
