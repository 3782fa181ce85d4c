import type { Layer } from "../../model/architecture.ts";
import type { RandomStream } from "../../numerics/random.ts";
import { randomStream } from "../../numerics/random.ts";
import { aligned } from "../../numerics/workspace.ts";
import type { LayerTap, Taps } from "../taps.ts";
import { fisherElements, fisherScores } from "./projectedFisher.ts";
import type { AttributionMethod, TappedModel } from "./tappedModel.ts";

export interface LograOptions {
  /** Width of the projected input and of the projected delta of every layer; its features have side² entries. */
  readonly side: number;
  /** λ of a layer relative to the mean eigenvalue of its Fisher matrix. */
  readonly damping: number;
  readonly seed: number;
}

/**
 * LoGra (Choe et al. 2024): each layer's gradient δ ⊗ a is projected as (P_out δ) ⊗ (P_in a) with Gaussian P, so that it is never formed,
 * and whitened by the layer's own Fisher matrix in that space: s = Σ_l g_q,lᵀ (F_l + λ_l I)^-1 g_i,l. Gradients are those of the
 * cross-entropy. The bias is one more input that is always 1.
 *
 * Cost: N·side·(inputs + outputs) flops for the features, N·side⁴ for F, 2·Q·N·side² for the scores. Dense and embedding layers
 * only; a layer whose gradients come formed (a convolution) is projected by side² dense rows.
 */
export function logra({ side, damping, seed }: LograOptions): AttributionMethod {
  const dimension = side * side;
  return {
    name: `logra-${dimension}`,
    elements(architecture, rows, outputs) {
      const widest = Math.max(...architecture.layers.map((layer) => inputsOf(layer)));
      const broadest = Math.max(
        ...architecture.layers.map((layer) => {
          if (layer.kind === "norm") return 2 * layer.outputs * dimension;
          return layer.outputs * (layer.kind === "convolution" ? dimension : side);
        }),
      );
      const projections =
        aligned(widest * side) + aligned(broadest * (widest + 1)) + 4 * aligned(Math.max(rows, outputs) * side);
      return projections + fisherElements(dimension, rows, outputs) + aligned(outputs * dimension);
    },
    scores(model) {
      const { space, rows, outputs } = model;
      const result = new Float32Array(outputs * rows);
      for (const l of model.training.layers.keys()) {
        const mark = space.mark();
        const training = space.allocate(rows * dimension);
        const queries = space.allocate(outputs * dimension);
        project(model, model.training, l, model.trainingDoubt, training);
        project(model, model.queries, l, model.queryDoubt, queries);
        const scores = fisherScores(space, dimension, rows, training, outputs, queries, 1 / rows, damping);
        for (let i = 0; i < result.length; i++) result[i]! += scores[i]!;
        space.release(mark);
      }
      return result;
    },
  };

  function project(model: TappedModel, taps: Taps, l: number, doubt: Float64Array, out: number): void {
    const { space } = model;
    const tap = taps.layers[l]!;
    const { kernels, scratch } = space;
    const mark = space.mark();
    if (tap.kind === "gradient") {
      const matrix = gaussian(model, randomStream(seed, l, 0), tap.outputs * dimension, dimension);
      kernels.gemm(
        taps.rows,
        dimension,
        tap.outputs,
        1,
        tap.delta,
        tap.outputs,
        1,
        matrix,
        dimension,
        1,
        0,
        out,
        dimension,
        scratch,
      );
    } else {
      const left = projectInputs(model, taps, tap, randomStream(seed, l, 0));
      const matrix = gaussian(model, randomStream(seed, l, 1), tap.outputs * side, side);
      const right = space.allocate(taps.rows * side);
      kernels.gemm(
        taps.rows,
        side,
        tap.outputs,
        1,
        tap.delta,
        tap.outputs,
        1,
        matrix,
        side,
        1,
        0,
        right,
        side,
        scratch,
      );
      const [a, d] = [space.floats(left, taps.rows * side), space.floats(right, taps.rows * side)];
      const features = space.floats(out, taps.rows * dimension);
      for (let r = 0; r < taps.rows; r++) {
        for (let i = 0; i < side; i++) {
          for (let j = 0; j < side; j++) features[r * dimension + i * side + j] = a[r * side + i]! * d[r * side + j]!;
        }
      }
    }
    const features = space.floats(out, taps.rows * dimension);
    for (let r = 0; r < taps.rows; r++) for (let k = 0; k < dimension; k++) features[r * dimension + k]! *= doubt[r]!;
    space.release(mark);
  }

  /** rows x side: the layer's inputs, bias included, times a Gaussian matrix. */
  function projectInputs(model: TappedModel, taps: Taps, tap: LayerTap, random: RandomStream): number {
    const { space } = model;
    const left = space.allocate(taps.rows * side);
    if (tap.kind === "bag") {
      const layer = model.architecture.layers[taps.layers.indexOf(tap)]!;
      const buckets = layer.kind === "embeddingBag" ? layer.buckets : 0;
      const table = gaussian(model, random, buckets * side, side);
      const { offsets, ids, weights } = taps.bags;
      space.kernels.bagForward(taps.rows, side, offsets, ids, weights, table, left);
      return left;
    }
    const matrix = gaussian(model, random, (tap.inputs + 1) * side, side);
    const bias = space.floats(matrix + 4 * tap.inputs * side, side);
    const values = space.floats(left, taps.rows * side);
    for (let r = 0; r < taps.rows; r++) values.set(bias, r * side);
    // prettier-ignore
    space.kernels.gemm(taps.rows, side, tap.inputs, 1, tap.a, tap.inputs, 1, matrix, side, 1, 1, left, side, space.scratch);
    return left;
  }

  function gaussian(model: TappedModel, random: RandomStream, count: number, columns: number): number {
    const pointer = model.space.allocate(count);
    const scale = 1 / Math.sqrt(columns);
    const values = model.space.floats(pointer, count);
    for (let i = 0; i < count; i++) values[i] = scale * random.normal();
    return pointer;
  }
}

/** Inputs that a layer's gradient has, the bias's 1 with them. */
function inputsOf(layer: Layer): number {
  switch (layer.kind) {
    case "embeddingBag":
      return layer.buckets;
    case "embedding":
      return layer.entries;
    case "norm":
      return 1;
    case "dense":
    case "convolution":
      return layer.inputs + 1;
  }
}
