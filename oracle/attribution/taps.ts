import type { Tensor, Tensor2D } from "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs";
import type { Architecture, ConvolutionLayer, Layer } from "../model/architecture.ts";
import type { PreparedInputs } from "../model/batches.ts";
import { forward, inputTensors } from "../model/forward.ts";
import { fusedOps, margins } from "../model/networkOps.ts";
import { useIeeeBackend } from "../numerics/backend/useIeeeBackend.ts";
import type { KernelFactory } from "../numerics/kernels.ts";
import type { Weights } from "../model/weights.ts";
import type { Workspace } from "../numerics/workspace.ts";
import { aligned } from "../numerics/workspace.ts";

/** Rows that go through the network together when features are taken. */
const BATCH = 256;

/**
 * What one layer contributes to a row's gradient of the margin f = z_y - log Σ_{k≠y} exp z_k:
 * - `outer`: the gradient of a dense layer is (a, 1) ⊗ δ; a is rows x inputs, δ rows x outputs;
 * - `gradient`: a convolution's gradient summed over its positions, rows x outputs (a is 0);
 * - `bag`: the gradient of an embedding table is the row's sparse bag ⊗ δ (a is 0).
 */
export interface LayerTap {
  readonly kind: "outer" | "gradient" | "bag";
  readonly inputs: number;
  readonly outputs: number;
  readonly a: number;
  readonly delta: number;
}

/** Gradient features of rows, one tap per layer with parameters. Pointers into a workspace. */
export interface Taps {
  readonly rows: number;
  readonly layers: readonly LayerTap[];
  /** 1 - p_label per row, float32. */
  readonly doubt: number;
  /** The rows' bags as compressed sparse rows; offsets is 0 when the model reads dense rows. */
  readonly bags: { readonly offsets: number; readonly ids: number; readonly weights: number };
}

function tapShape(layer: Layer): Pick<LayerTap, "kind" | "inputs" | "outputs"> {
  switch (layer.kind) {
    case "dense":
      return { kind: "outer", inputs: layer.inputs, outputs: layer.outputs };
    case "convolution":
      return { kind: "gradient", inputs: 0, outputs: (layer.inputs + 1) * layer.outputs };
    case "embeddingBag":
      return { kind: "bag", inputs: 0, outputs: layer.outputs };
  }
}

/** Workspace elements of taps. @param bagEntries sparse entries of all rows, 0 for dense inputs */
export function tapElements(architecture: Architecture, rows: number, bagEntries: number): number {
  let elements = aligned(rows) + aligned(rows + 1) + 2 * aligned(bagEntries);
  for (const layer of architecture.layers) {
    const { inputs, outputs } = tapShape(layer);
    elements += aligned(rows * inputs) + aligned(rows * outputs);
    if (layer.kind === "convolution") {
      // While its gradients are formed: one row's patches and deltas.
      elements += aligned(layer.positions * layer.inputs) + aligned(layer.positions * layer.outputs);
    }
  }
  return elements;
}

/** Reserves the regions that `fillTaps` fills. */
export function allocateTaps(space: Workspace, architecture: Architecture, rows: number, bagEntries: number): Taps {
  const layers = architecture.layers.map((layer) => {
    const shape = tapShape(layer);
    return { ...shape, a: space.allocate(rows * shape.inputs), delta: space.allocate(rows * shape.outputs) };
  });
  const doubt = space.allocate(rows);
  const bags = {
    offsets: space.allocate(rows + 1),
    ids: space.allocate(bagEntries),
    weights: space.allocate(bagEntries),
  };
  return { rows, layers, doubt, bags };
}

/**
 * Takes the activations and deltas of rows from one forward and one backward pass per batch: a zero ε is added to every pre-activation
 * and the margins are differentiated with respect to ε, whose rows are the δ of single examples. No gradient of the parameters is formed
 * (for a convolution its small per-row gradient).
 */
export function fillTaps(
  createKernels: KernelFactory,
  space: Workspace,
  architecture: Architecture,
  weights: Weights,
  taps: Taps,
  inputs: PreparedInputs,
  labels: Int32Array,
): void {
  if (inputs.kind === "sparse") copyBags(space, taps, inputs);
  useIeeeBackend(createKernels);
  const parameters = weights.map(({ values, shape }) => tf.tensor(values, [...shape]));
  for (let first = 0; first < taps.rows; first += BATCH) {
    const size = Math.min(BATCH, taps.rows - first);
    tf.tidy(() => {
      const input = inputTensors(
        inputs,
        Int32Array.from({ length: size }, (_, i) => first + i),
      );
      const classes = tf.tensor1d(labels.subarray(first, first + size), "int32");
      const perturbations = architecture.layers.map((layer) => {
        const shape: [number, number] = [layer.kind === "convolution" ? size * layer.positions : size, layer.outputs];
        return tf.tensor2d(new Float32Array(shape[0] * shape[1]), shape);
      });
      const read: (Tensor2D | undefined)[] = [];
      const marginOf = (...epsilons: Tensor[]) => {
        const tap = (layer: Layer, x: Tensor2D | undefined, z: Tensor2D) => {
          if (x !== undefined) tf.keep(x);
          read.push(x);
          return tf.add<Tensor2D>(z, epsilons[architecture.layers.indexOf(layer)]!);
        };
        const { margin, doubt } = margins(forward(fusedOps, architecture, parameters, input, { tap }), classes);
        space.floats(taps.doubt + 4 * first, size).set(doubt.dataSync());
        return margin;
      };
      const deltas = tf.grads(marginOf)(perturbations, tf.ones([size]));
      for (const [l, tap] of taps.layers.entries()) {
        keepLayer(space, architecture.layers[l]!, read[l], deltas[l] as Tensor2D, tap, first, size);
        read[l]?.dispose();
      }
    });
  }
  tf.dispose(parameters);
}

function copyBags(space: Workspace, taps: Taps, inputs: Extract<PreparedInputs, { kind: "sparse" }>): void {
  space.integers(taps.bags.offsets, taps.rows + 1).set(inputs.offsets);
  space.integers(taps.bags.ids, inputs.ids.length).set(inputs.ids);
  space.floats(taps.bags.weights, inputs.ids.length).set(inputs.weights);
}

function keepLayer(
  space: Workspace,
  layer: Layer,
  read: Tensor2D | undefined,
  delta: Tensor2D,
  tap: LayerTap,
  first: number,
  size: number,
): void {
  if (layer.kind === "convolution") {
    convolutionGradients(space, layer, read!, delta, size, tap.delta + 4 * first * tap.outputs);
    return;
  }
  if (tap.kind === "outer") space.floats(tap.a + 4 * first * tap.inputs, size * tap.inputs).set(read!.dataSync());
  space.floats(tap.delta + 4 * first * tap.outputs, size * tap.outputs).set(delta.dataSync());
}

/** Row by row Σ_t patch_t ⊗ δ_t, then Σ_t δ_t for the bias. */
function convolutionGradients(
  space: Workspace,
  layer: ConvolutionLayer,
  patches: Tensor2D,
  delta: Tensor2D,
  rows: number,
  out: number,
): void {
  const { kernels, scratch } = space;
  const { inputs, outputs, positions } = layer;
  const mark = space.mark();
  const x = space.allocate(positions * inputs);
  const d = space.allocate(positions * outputs);
  const [allPatches, allDeltas] = [patches.dataSync(), delta.dataSync()];
  for (let r = 0; r < rows; r++) {
    space.floats(x, positions * inputs).set(allPatches.subarray(r * positions * inputs, (r + 1) * positions * inputs));
    space
      .floats(d, positions * outputs)
      .set(allDeltas.subarray(r * positions * outputs, (r + 1) * positions * outputs));
    const g = out + 4 * r * (inputs + 1) * outputs;
    kernels.gemm(inputs, outputs, positions, 1, x, 1, inputs, d, outputs, 1, 0, g, outputs, scratch);
    kernels.columnSums(positions, outputs, d, g + 4 * inputs * outputs);
  }
  space.release(mark);
}
