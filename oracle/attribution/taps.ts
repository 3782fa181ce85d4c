import type { Architecture, ConvolutionLayer, Layer } from "../model/architecture.ts";
import type { PreparedInputs } from "../model/batches.ts";
import { largestBatchEntries, placeRows } from "../model/batches.ts";
import type { Network } from "../model/network.ts";
import { createNetwork, networkElements } from "../model/network.ts";
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

/** A network set up to take features, and the largest rows it can take. */
export interface Tapper {
  fill(taps: Taps, inputs: PreparedInputs, labels: Int32Array): void;
}

/** Workspace elements of `createTapper`. */
export function tapperElements(architecture: Architecture, bagEntries: number): number {
  const scratch = 2 * aligned(architecture.classes) + aligned(BATCH);
  return networkElements(architecture, BATCH, bagEntries) + scratch;
}

/**
 * Takes the activations and deltas of rows from one forward and one backward pass per batch, without forming a gradient of the
 * parameters (for a convolution its small per-row gradient).
 *
 * @param bagEntries most sparse entries in a batch of 256 rows
 */
export function createTapper(
  space: Workspace,
  architecture: Architecture,
  parameters: number,
  bagEntries: number,
): Tapper {
  const network = createNetwork(space, architecture, parameters, BATCH, bagEntries);
  const probabilities = space.allocate(2 * architecture.classes);
  const batchLabels = space.allocate(BATCH);
  return {
    fill(taps, inputs, labels) {
      if (inputs.kind === "sparse") copyBags(space, taps, inputs);
      for (let first = 0; first < taps.rows; first += BATCH) {
        const size = Math.min(BATCH, taps.rows - first);
        placeRows(
          network,
          inputs,
          Int32Array.from({ length: size }, (_, i) => first + i),
        );
        network.forward(size, false);
        space.integers(batchLabels, size).set(labels.subarray(first, first + size));
        const { classes } = architecture;
        const doubt = taps.doubt + 4 * first;
        space.kernels.margin(size, classes, network.logits, batchLabels, network.outputDelta, doubt, probabilities);
        network.backward(size, false);
        for (const [l, tap] of taps.layers.entries()) keepLayer(space, network, l, tap, first, size);
      }
    },
  };
}

/** Most sparse entries in a batch that a tapper sees. */
export function tapperEntries(inputs: PreparedInputs): number {
  return largestBatchEntries(inputs, BATCH);
}

function copyBags(space: Workspace, taps: Taps, inputs: Extract<PreparedInputs, { kind: "sparse" }>): void {
  space.integers(taps.bags.offsets, taps.rows + 1).set(inputs.offsets);
  space.integers(taps.bags.ids, inputs.ids.length).set(inputs.ids);
  space.floats(taps.bags.weights, inputs.ids.length).set(inputs.weights);
}

function keepLayer(
  space: Workspace,
  network: Network,
  index: number,
  tap: LayerTap,
  first: number,
  size: number,
): void {
  const { layer, input, delta } = network.layers[index]!;
  if (layer.kind === "convolution") {
    convolutionGradients(space, layer, input, delta, size, tap.delta + 4 * first * tap.outputs);
    return;
  }
  if (tap.kind === "outer") {
    const a = space.floats(input, size * tap.inputs);
    space.floats(tap.a + 4 * first * tap.inputs, size * tap.inputs).set(a);
  }
  const deltas = space.floats(delta, size * tap.outputs);
  space.floats(tap.delta + 4 * first * tap.outputs, size * tap.outputs).set(deltas);
}

/** Row by row Σ_t patch_t ⊗ δ_t, then Σ_t δ_t for the bias. */
function convolutionGradients(
  space: Workspace,
  layer: ConvolutionLayer,
  patches: number,
  delta: number,
  rows: number,
  out: number,
): void {
  const { kernels, scratch } = space;
  const { inputs, outputs, positions } = layer;
  for (let r = 0; r < rows; r++) {
    const x = patches + 4 * r * positions * inputs;
    const d = delta + 4 * r * positions * outputs;
    const g = out + 4 * r * (inputs + 1) * outputs;
    kernels.gemm(inputs, outputs, positions, 1, x, 1, inputs, d, outputs, 1, 0, g, outputs, scratch);
    kernels.columnSums(positions, outputs, d, g + 4 * inputs * outputs);
  }
}
