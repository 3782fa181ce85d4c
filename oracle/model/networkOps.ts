import type { Tensor, Tensor1D, Tensor2D } from "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs";
import type { PatchGeometry } from "../numerics/backend/networkKernels.ts";
import type { ConvolutionLayer } from "./architecture.ts";

/** Sparse rows as tensors; see SparseRows. */
export interface SparseTensors {
  readonly offsets: Tensor1D;
  readonly ids: Tensor1D;
  readonly weights: Tensor1D;
}

/** Activations: 0 identity, 1 SiLU, 2 ReLU. */
export type Activation = 0 | 1 | 2;

/** The steps of a forward pass. */
export interface NetworkOps {
  /** x·W + b. */
  affine(x: Tensor2D, weight: Tensor2D, bias: Tensor1D): Tensor2D;
  activate(kind: Activation, z: Tensor2D): Tensor2D;
  /** Patches of flattened images, one row per output position. */
  patches(x: Tensor2D, layer: ConvolutionLayer): Tensor2D;
  /** Σ weight · table[id] per row. */
  embeddingBag(bags: SparseTensors, table: Tensor2D): Tensor2D;
  /** Mean of -log p_label, a scalar. */
  meanCrossEntropy(logits: Tensor2D, labels: Tensor1D): Tensor;
}

function run(kernel: string, inputs: Record<string, Tensor>, attributes: object = {}): Tensor2D {
  return tf.engine().runKernel<Tensor2D>(kernel, { ...inputs }, { ...attributes });
}

function runSeveral(kernel: string, inputs: Record<string, Tensor>): Tensor[] {
  return tf.engine().runKernel<Tensor[]>(kernel, { ...inputs });
}

/** The fused operations of the `ieee-sequential` backend; gradients are registered below. */
export const fusedOps: NetworkOps = {
  affine: (x, weight, bias) => run("Affine", { x, weight, bias }),
  activate: (kind, z) => (kind === 0 ? z : run("Activate", { z }, { kind })),
  patches: (x, { height, width, channels, kernel, stride }) =>
    run("GatherPatches", { x }, { height, width, channels, kernel, stride }),
  embeddingBag: ({ offsets, ids, weights }, table) => run("EmbeddingBag", { offsets, ids, weights, table }),
  meanCrossEntropy: (logits, labels) => runSeveral("MeanCrossEntropy", { logits, labels })[0]!,
};

/** The margin f = z_y - log Σ_{k≠y} exp z_k of each row, and 1 - p_y, of which no gradient is taken. */
export function margins(logits: Tensor2D, labels: Tensor1D): { margin: Tensor1D; doubt: Tensor1D } {
  const [margin, , doubt] = runSeveral("Margin", { logits, labels });
  return { margin: margin as Tensor1D, doubt: doubt as Tensor1D };
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
