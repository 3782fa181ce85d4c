import type { RandomStream } from "../../numerics/random.ts";
import { randomStream } from "../../numerics/random.ts";
import { aligned } from "../../numerics/workspace.ts";
import type { LayerTap, Taps } from "../taps.ts";
import { fisherElements, fisherScores } from "./projectedFisher.ts";
import type { AttributionMethod, TappedModel } from "./tappedModel.ts";

export interface TrakOptions {
  /** Length of the projected gradients. */
  readonly dimension: number;
  /** λ relative to the mean eigenvalue of ΦᵀΦ. */
  readonly damping: number;
  readonly seed: number;
}

/** Parameters whose gradients are formed at a time, for a block of rows. */
const CHUNK = 2048;
const BLOCK = 256;

/**
 * TRAK with one model (Park et al. 2023): φ = Pᵀ ∇margin with Rademacher P (parameters x dimension, ±1/√dimension),
 * s(q, i) = (1 - p_i) φ_qᵀ (ΦᵀΦ + λI)^-1 φ_i.
 *
 * Cost: 2·(N + Q)·parameters·dimension flops for the projection, by far the largest part: the kernel form (kernelInfluence.ts) is its limit
 * for a large dimension and needs none of it.
 */
export function trakProjected({ dimension, damping, seed }: TrakOptions): AttributionMethod {
  return {
    name: `trak-${dimension}`,
    elements(architecture, rows, outputs) {
      const widest = Math.max(CHUNK, ...architecture.layers.map((layer) => layer.outputs));
      return (
        fisherElements(dimension, rows, outputs) +
        aligned(outputs * dimension) +
        aligned(widest * dimension) +
        aligned(BLOCK * widest)
      );
    },
    scores(model) {
      const { space, rows, outputs } = model;
      const mark = space.mark();
      const training = space.allocate(rows * dimension);
      const queries = space.allocate(outputs * dimension);
      space.floats(training, rows * dimension).fill(0);
      space.floats(queries, outputs * dimension).fill(0);
      for (const [l, tap] of model.training.layers.entries()) projectLayer(model, l, tap, training, queries);
      const scores = fisherScores(space, dimension, rows, training, outputs, queries, 1, damping);
      for (let q = 0; q < outputs; q++) for (let i = 0; i < rows; i++) scores[q * rows + i]! *= model.trainingDoubt[i]!;
      space.release(mark);
      return scores;
    },
  };

  function projectLayer(model: TappedModel, l: number, tap: LayerTap, training: number, queries: number): void {
    const { space } = model;
    const inputs = inputCount(model, l, tap);
    const step = Math.max(1, Math.floor(CHUNK / tap.outputs));
    const mark = space.mark();
    const projection = space.allocate(step * tap.outputs * dimension);
    const gradients = space.allocate(BLOCK * step * tap.outputs);
    for (let first = 0; first < inputs; first += step) {
      const count = Math.min(step, inputs - first);
      rademacher(randomStream(seed, l, first), space.floats(projection, count * tap.outputs * dimension));
      for (const [taps, out] of [
        [model.training, training],
        [model.queries, queries],
      ] as const) {
        for (let row = 0; row < taps.rows; row += BLOCK) {
          const size = Math.min(BLOCK, taps.rows - row);
          formGradients(model, taps, taps.layers[l]!, row, size, first, count, gradients);
          const parameters = count * tap.outputs;
          const to = out + 4 * row * dimension;
          // prettier-ignore
          space.kernels.gemm(size, dimension, parameters, 1, gradients, parameters, 1, projection, dimension, 1, 1, to, dimension, space.scratch);
        }
      }
    }
    space.release(mark);
  }

  function rademacher(random: RandomStream, values: Float32Array): void {
    const scale = 1 / Math.sqrt(dimension);
    for (let i = 0; i < values.length; i += 32) {
      const bits = random.uint32();
      for (let b = 0; b < 32 && i + b < values.length; b++) values[i + b] = (bits >>> b) & 1 ? scale : -scale;
    }
  }
}

/** Rows of the layer's weight matrix, the bias being the last; 1 where the gradient comes formed. */
function inputCount(model: TappedModel, l: number, tap: LayerTap): number {
  const layer = model.architecture.layers[l]!;
  if (layer.kind === "embeddingBag") return layer.buckets;
  return tap.kind === "outer" ? tap.inputs + 1 : 1;
}

/** Gradients of `size` rows in the weights of inputs first … first + count - 1: size x (count · outputs). */
function formGradients(
  model: TappedModel,
  taps: Taps,
  tap: LayerTap,
  row: number,
  size: number,
  first: number,
  count: number,
  out: number,
): void {
  const { space } = model;
  const { inputs, outputs } = tap;
  const target = space.floats(out, size * count * outputs);
  const delta = space.floats(tap.delta + 4 * row * outputs, size * outputs);
  if (tap.kind === "gradient") {
    target.set(delta);
    return;
  }
  target.fill(0);
  const add = (r: number, input: number, value: number): void => {
    const to = (r * count + input - first) * outputs;
    for (let o = 0; o < outputs; o++) target[to + o]! += value * delta[r * outputs + o]!;
  };
  if (tap.kind === "bag") {
    const offsets = space.integers(taps.bags.offsets, taps.rows + 1);
    const ids = space.integers(taps.bags.ids, offsets[taps.rows]!);
    const weights = space.floats(taps.bags.weights, offsets[taps.rows]!);
    for (let r = 0; r < size; r++) {
      for (let t = offsets[row + r]!; t < offsets[row + r + 1]!; t++) {
        if (ids[t]! >= first && ids[t]! < first + count) add(r, ids[t]!, weights[t]!);
      }
    }
    return;
  }
  const a = space.floats(tap.a + 4 * row * inputs, size * inputs);
  for (let r = 0; r < size; r++) {
    for (let input = first; input < first + count; input++) add(r, input, input < inputs ? a[r * inputs + input]! : 1);
  }
}
