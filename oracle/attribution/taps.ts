import type { Tensor, Tensor2D } from "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs";
import type { Architecture, Layer } from "../model/architecture.ts";
import { trainedLayers } from "../model/architecture.ts";
import type { PreparedInputs } from "../model/batches.ts";
import { forward, inputTensors } from "../model/forward.ts";
import { fusedOps, logLikelihood, margins } from "../model/networkOps.ts";
import { rowsPerPass } from "../model/predict.ts";
import type { Weights } from "../model/weights.ts";
import { useIeeeBackend } from "../numerics/backend/useIeeeBackend.ts";
import type { KernelFactory } from "../numerics/kernels.ts";
import type { Workspace } from "../numerics/workspace.ts";
import { aligned } from "../numerics/workspace.ts";
import { normGradients, outerGradients, rowElements, tableGradients } from "./layerGradients.ts";
import { FeatureRangeError } from "./errors.ts";

/**
 * What is differentiated, per row: the margin f = z_y - log Σ_{k≠y} exp z_k, or the log-likelihood log p_y, whose gradient is (1 - p_y) times
 * the margin's. Of a sequence their sum over the positions that have a label.
 */
export type TapTarget = "margin" | "likelihood";

/**
 * What one layer contributes to a row's gradient of the target:
 * - `outer`: the gradient of a dense layer is (a, 1) ⊗ δ; a is rows x inputs, δ rows x outputs;
 * - `gradient`: formed, rows x outputs (a is 0): layers of several positions for which that is cheaper than what follows;
 * - `bag`: the gradient of an embedding table is the row's sparse bag ⊗ δ (a is 0);
 * - `sequence`: Σ_t (a_t, 1) ⊗ δ_t, never formed; a is (rows · positions) x inputs, δ (rows · positions) x outputs;
 * - `tokens`: Σ_t e_{token t} ⊗ δ_t, never formed; a holds the token ids as int32, (rows · positions) x 1.
 */
export interface LayerTap {
  readonly kind: "outer" | "gradient" | "bag" | "sequence" | "tokens";
  readonly inputs: number;
  readonly outputs: number;
  /** Entries of a and δ per row; 1 but for `sequence` and `tokens`. */
  readonly positions: number;
  /** Whether a is followed by a 1. */
  readonly bias: 0 | 1;
  readonly a: number;
  readonly delta: number;
}

/** Gradient features of rows, one tap per trained layer. Pointers into a workspace. */
export interface Taps {
  readonly rows: number;
  readonly layers: readonly LayerTap[];
  /** 1 - p_label per row, float32; 1 for sequences, whose likelihoods contain it. */
  readonly doubt: number;
  /** The rows' bags as compressed sparse rows; offsets is 0 when the model reads none. */
  readonly bags: { readonly offsets: number; readonly ids: number; readonly weights: number };
}

type TapShape = Omit<LayerTap, "a" | "delta">;

/**
 * How a layer's gradients are kept. A product of two rows' gradients costs inputs · outputs when they are formed and
 * positions² · (inputs + outputs) when they are not: the cheaper.
 */
export function tapShape(layer: Layer): TapShape {
  const { outputs, positions } = layer;
  const formed = (parameters: number): TapShape => ({
    kind: "gradient",
    inputs: 0,
    outputs: parameters,
    positions: 1,
    bias: 0,
  });
  switch (layer.kind) {
    case "dense": {
      const bias = layer.bias === undefined ? 0 : 1;
      const { inputs } = layer;
      if (positions === 1) return { kind: "outer", inputs, outputs, positions, bias };
      return positions * positions * (inputs + outputs) < inputs * outputs
        ? { kind: "sequence", inputs, outputs, positions, bias }
        : formed((inputs + bias) * outputs);
    }
    case "convolution":
      return formed((layer.inputs + 1) * outputs);
    case "embeddingBag":
      return { kind: "bag", inputs: 0, outputs, positions, bias: 0 };
    case "embedding":
      if (layer.reads === "places") return formed(positions * outputs);
      return positions * positions * (1 + outputs) < layer.entries * outputs
        ? { kind: "tokens", inputs: 1, outputs, positions, bias: 0 }
        : formed(layer.entries * outputs);
    case "norm":
      return formed(2 * outputs);
  }
}

/** Workspace elements of taps. @param bagEntries sparse entries of all rows, 0 for other inputs */
export function tapElements(architecture: Architecture, rows: number, bagEntries: number): number {
  let elements = aligned(rows) + aligned(rows + 1) + 2 * aligned(bagEntries);
  for (const layer of trainedLayers(architecture)) {
    const { kind, inputs, outputs, positions } = tapShape(layer);
    elements += aligned(rows * positions * inputs) + aligned(rows * positions * outputs);
    if (kind === "gradient") elements += rowElements({ ...layer, inputs: readWidth(layer) });
  }
  return elements;
}

/** Features that a layer reads at each position; those of a layer norm are normalised, an embedding reads ids. */
function readWidth(layer: Layer): number {
  if (layer.kind === "dense" || layer.kind === "convolution") return layer.inputs;
  return layer.kind === "norm" ? layer.outputs : 0;
}

/** Reserves the regions that `fillTaps` fills. */
export function allocateTaps(space: Workspace, architecture: Architecture, rows: number, bagEntries: number): Taps {
  const layers = trainedLayers(architecture).map((layer) => {
    const shape = tapShape(layer);
    const [a, delta] = [rows * shape.positions * shape.inputs, rows * shape.positions * shape.outputs];
    return { ...shape, a: space.allocate(a), delta: space.allocate(delta) };
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
 * Takes the activations and deltas of rows from one forward and one backward pass per batch and keeps what the taps need of them.
 */
export function fillTaps(
  createKernels: KernelFactory,
  space: Workspace,
  architecture: Architecture,
  weights: Weights,
  taps: Taps,
  inputs: PreparedInputs,
  labels: Int32Array,
  target: TapTarget = "margin",
): void {
  if (inputs.kind === "sparse") copyBags(space, taps, inputs);
  const layers = trainedLayers(architecture);
  visitDeltas(createKernels, architecture, weights, inputs, labels, target, (first, size, doubt, passes) => {
    space.floats(taps.doubt + 4 * first, size).set(doubt);
    for (const [l, tap] of taps.layers.entries()) {
      requireFinite(layers[l]!.name, passes[l]!, first, size);
      keepLayer(space, layers[l]!, passes[l]!, inputs, tap, first, size);
    }
  });
}

/** @throws FeatureRangeError for the first row of the batch with an input or a derivative that is not a number */
function requireFinite(layer: string, { read, delta }: LayerPass, first: number, size: number): void {
  for (const [what, tensor] of [["input", read] as const, ["derivative", delta] as const]) {
    if (tensor === undefined) continue;
    const values = tensor.dataSync() as Float32Array;
    const bad = values.findIndex((value) => !Number.isFinite(value));
    if (bad < 0) continue;
    throw new FeatureRangeError(what, layer, first + Math.floor((bad * size) / values.length), values[bad]!);
  }
}

/** What a layer read in a pass, and the target's derivative in its pre-activation: one row per row and position. */
export interface LayerPass {
  readonly read: Tensor2D | undefined;
  readonly delta: Tensor2D;
}

/**
 * Runs rows through the network in batches: a zero ε is added to every pre-activation of a trained layer and the target is differentiated with
 * respect to ε, whose rows are the δ of single examples. No gradient of the parameters is formed.
 *
 * @param use gets a batch's first row and size, 1 - p of its rows, and what each trained layer read and its deltas, in order
 */
export function visitDeltas(
  createKernels: KernelFactory,
  architecture: Architecture,
  weights: Weights,
  inputs: PreparedInputs,
  labels: Int32Array,
  target: TapTarget,
  use: (first: number, size: number, doubt: Float32Array, passes: readonly LayerPass[]) => void,
): void {
  useIeeeBackend(createKernels);
  const layers = trainedLayers(architecture);
  const { positions } = architecture;
  const rows = labels.length / positions;
  const batch = rowsPerPass(architecture);
  const parameters = weights.map(({ values, shape }) => tf.tensor(values, [...shape]));
  for (let first = 0; first < rows; first += batch) {
    const size = Math.min(batch, rows - first);
    tf.tidy(() => {
      const input = inputTensors(
        inputs,
        Int32Array.from({ length: size }, (_, i) => first + i),
      );
      const classes = tf.tensor1d(labels.subarray(first * positions, (first + size) * positions), "int32");
      const perturbations = layers.map((layer) => {
        const shape: [number, number] = [size * layer.positions, layer.outputs];
        return tf.tensor2d(new Float32Array(shape[0] * shape[1]), shape);
      });
      const read: (Tensor2D | undefined)[] = layers.map(() => undefined);
      let doubt = new Float32Array(size).fill(1);
      const targetOf = (...epsilons: Tensor[]) => {
        const tap = (layer: Layer, x: Tensor2D | undefined, z: Tensor2D) => {
          const l = layers.indexOf(layer);
          if (l < 0) return z;
          if (x !== undefined) read[l] = tf.keep(x);
          return tf.add<Tensor2D>(z, epsilons[l]!);
        };
        const logits = forward(fusedOps, architecture, parameters, input, { tap });
        if (target === "likelihood") return logLikelihood(logits, classes);
        const found = margins(logits, classes);
        if (positions === 1) doubt = found.doubt.dataSync() as Float32Array<ArrayBuffer>;
        return found.margin;
      };
      // The target's own gradient is 1 for every row.
      const seed = target === "likelihood" ? tf.scalar(1) : tf.ones([size * positions]);
      const deltas = tf.grads(targetOf)(perturbations, seed);
      const passes = layers.map((_, l) => ({ read: read[l], delta: deltas[l] as Tensor2D }));
      use(first, size, doubt, passes);
      tf.dispose(read.filter((x) => x !== undefined));
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
  { read, delta }: LayerPass,
  inputs: PreparedInputs,
  tap: LayerTap,
  first: number,
  size: number,
): void {
  const out = tap.delta + 4 * first * tap.positions * tap.outputs;
  const deltas = delta.dataSync() as Float32Array;
  const a = tap.a + 4 * first * tap.positions * tap.inputs;
  if (layer.kind === "embedding" && inputs.kind === "tokens" && layer.reads === "tokens") {
    const ids = inputs.ids.subarray(first * layer.positions, (first + size) * layer.positions);
    if (tap.kind === "gradient") {
      tableGradients(space, ids, deltas, size, layer.entries, layer.outputs, out);
      return;
    }
    space.integers(a, ids.length).set(ids);
  } else if (tap.kind === "gradient" && read !== undefined) {
    const applied = { ...layer, inputs: readWidth(layer), a: read.dataSync() as Float32Array, delta: deltas };
    if (layer.kind === "norm") normGradients(space, applied, size, out);
    else outerGradients(space, applied, size, "bias" in layer && layer.bias === undefined ? 0 : 1, out);
    return;
  } else if (read !== undefined) {
    space.floats(a, size * tap.positions * tap.inputs).set(read.dataSync());
  }
  space.floats(out, deltas.length).set(deltas);
}
