import type { Workspace } from "../numerics/workspace.ts";
import { aligned } from "../numerics/workspace.ts";
import type { Architecture, Layer } from "./architecture.ts";
import { outputWidth } from "./architecture.ts";
import type { SparseRows } from "./rows.ts";

/** Buffers of one layer for a batch. Pointers into the workspace. */
export interface LayerBuffers {
  readonly layer: Layer;
  /** What the layer reads: rows x inputs, or patches; for an embedding bag nothing (the batch's sparse rows). */
  readonly input: number;
  /** Pre-activation, rows x outputs (times positions). */
  readonly z: number;
  /** Activation; equals z for the identity. */
  readonly h: number;
  /** d target / d pre-activation. */
  readonly delta: number;
  /** Dropout factors of the batch, or 0. */
  readonly mask: number;
}

/**
 * A network over at most `batch` rows: forward pass, and backward pass to every layer's delta and, if asked, to the gradient of the
 * parameters. Hand-written, so that one pass gives what training and attribution need.
 */
export interface Network {
  readonly layers: readonly LayerBuffers[];
  readonly parameters: number;
  readonly logits: number;
  /** d target / d logits, to be filled before `backward`. */
  readonly outputDelta: number;
  /** Places rows of a dense input in the input buffer. */
  setDense(values: Float32Array, width: number, rows: ArrayLike<number>): void;
  /** Places rows of sparse bags in the input buffers. @param rows ascending positions in `bags` */
  setBags(bags: SparseRows, rows: ArrayLike<number>): void;
  /** Fills the logits for the first `rows` rows of the batch. @param masked whether dropout masks apply */
  forward(rows: number, masked: boolean): void;
  /** Fills every layer's delta; with a gradient pointer also the gradient of the parameters, laid out like them. */
  backward(rows: number, masked: boolean, gradient?: number): void;
}

/** Workspace elements that a network takes, parameters not included. @param bagEntries most token ids in one batch */
export function networkElements(architecture: Architecture, batch: number, bagEntries: number): number {
  let elements = aligned(batch * architecture.inputWidth) + aligned(batch + 1) + 2 * aligned(bagEntries);
  for (const layer of architecture.layers) {
    const width = outputWidth(layer);
    elements += 2 * aligned(batch * width);
    if (layer.kind !== "embeddingBag" && layer.activation !== 0) elements += aligned(batch * width);
    if (layer.kind === "convolution") elements += 2 * aligned(batch * layer.positions * layer.inputs);
    if (layer.kind === "dense" && layer.dropout > 0) elements += aligned(batch * width);
  }
  return elements;
}

/** @param parameters pointer to the flat parameter vector */
export function createNetwork(
  space: Workspace,
  architecture: Architecture,
  parameters: number,
  batch: number,
  bagEntries: number,
): Network {
  const { kernels, scratch } = space;
  const input = space.allocate(batch * architecture.inputWidth);
  const bagOffsets = space.allocate(batch + 1);
  const bagIds = space.allocate(bagEntries);
  const bagWeights = space.allocate(bagEntries);
  /** Gradient with respect to patches, one region per convolution. */
  const patchDeltas = new Map<Layer, number>();

  const layers: LayerBuffers[] = [];
  let from = input;
  for (const layer of architecture.layers) {
    const width = batch * outputWidth(layer);
    const z = space.allocate(width);
    const delta = space.allocate(width);
    const h = layer.kind === "embeddingBag" || layer.activation === 0 ? z : space.allocate(width);
    const mask = layer.kind === "dense" && layer.dropout > 0 ? space.allocate(width) : 0;
    let reads = from;
    if (layer.kind === "convolution") {
      reads = space.allocate(batch * layer.positions * layer.inputs);
      patchDeltas.set(layer, space.allocate(batch * layer.positions * layer.inputs));
    }
    layers.push({ layer, input: reads, z, h, delta, mask });
    from = h;
  }
  const last = layers.at(-1)!;

  function forward(rows: number, masked: boolean): void {
    let x = input;
    for (const { layer, input: reads, z, h, mask } of layers) {
      if (layer.kind === "embeddingBag") {
        const table = parameters + 4 * layer.table.offset;
        kernels.bagForward(rows, layer.outputs, bagOffsets, bagIds, bagWeights, table, z);
      } else {
        let applications = rows;
        if (layer.kind === "convolution") {
          const { height, width, channels, kernel, stride } = layer;
          kernels.gatherPatches(rows, height, width, channels, kernel, stride, x, reads);
          applications = rows * layer.positions;
        }
        const { inputs, outputs } = layer;
        const weight = parameters + 4 * layer.weight.offset;
        kernels.gemm(applications, outputs, inputs, 1, reads, inputs, 1, weight, outputs, 1, 0, z, outputs, scratch);
        kernels.activate(layer.activation, applications, outputs, z, parameters + 4 * layer.bias.offset, h);
        if (masked && mask !== 0) kernels.multiply(rows * outputs, h, mask);
      }
      x = h;
    }
  }

  function backward(rows: number, masked: boolean, gradient?: number): void {
    for (let l = layers.length - 1; l >= 0; l--) {
      const { layer, input: reads, delta } = layers[l]!;
      if (layer.kind === "embeddingBag") {
        if (gradient === undefined) continue;
        const table = gradient + 4 * layer.table.offset;
        space.floats(table, layer.table.elements).fill(0);
        kernels.bagBackward(rows, layer.outputs, bagOffsets, bagIds, bagWeights, delta, table);
        continue;
      }
      const { inputs, outputs } = layer;
      const applications = layer.kind === "convolution" ? rows * layer.positions : rows;
      if (gradient !== undefined) {
        const weight = gradient + 4 * layer.weight.offset;
        kernels.gemm(
          inputs,
          outputs,
          applications,
          1,
          reads,
          1,
          inputs,
          delta,
          outputs,
          1,
          0,
          weight,
          outputs,
          scratch,
        );
        kernels.columnSums(applications, outputs, delta, gradient + 4 * layer.bias.offset);
      }
      if (l === 0) continue;
      const below = layers[l - 1]!;
      const weight = parameters + 4 * layer.weight.offset;
      const target = layer.kind === "convolution" ? patchDeltas.get(layer)! : below.delta;
      kernels.gemm(applications, inputs, outputs, 1, delta, outputs, 1, weight, 1, outputs, 0, target, inputs, scratch);
      if (layer.kind === "convolution") {
        const { height, width, channels, kernel, stride } = layer;
        kernels.scatterPatches(rows, height, width, channels, kernel, stride, target, below.delta);
      }
      const count = rows * outputWidth(below.layer);
      if (masked && below.mask !== 0) kernels.multiply(count, below.delta, below.mask);
      if (below.layer.kind !== "embeddingBag") {
        kernels.activateBackward(below.layer.activation, count, below.z, below.delta);
      }
    }
  }

  return {
    layers,
    parameters,
    logits: last.z,
    outputDelta: last.delta,
    setDense(values, width, rows) {
      const target = space.floats(input, rows.length * width);
      for (let i = 0; i < rows.length; i++) {
        target.set(values.subarray(rows[i]! * width, (rows[i]! + 1) * width), i * width);
      }
    },
    setBags(bags, rows) {
      const offsets = space.integers(bagOffsets, rows.length + 1);
      const ids = space.integers(bagIds, bagEntries);
      const weights = space.floats(bagWeights, bagEntries);
      offsets[0] = 0;
      for (let i = 0; i < rows.length; i++) {
        const [start, end] = [bags.offsets[rows[i]!]!, bags.offsets[rows[i]! + 1]!];
        ids.set(bags.ids.subarray(start, end), offsets[i]);
        weights.set(bags.weights.subarray(start, end), offsets[i]);
        offsets[i + 1] = offsets[i]! + end - start;
      }
    },
    forward,
    backward,
  };
}
