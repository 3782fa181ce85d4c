/** Sums of rows' gradients as directions in the parameters of one layer: (inputs + bias) x outputs, in the order of the layer's tensors. */
import type { Layer } from "../model/architecture.ts";
import type { Workspace } from "../numerics/workspace.ts";
import type { LayerPass, LayerTap } from "./taps.ts";

/** Elements of a layer's direction. */
export function directionElements(layer: Layer): number {
  switch (layer.kind) {
    case "dense":
    case "convolution":
      return (layer.inputs + (layer.bias === undefined ? 0 : 1)) * layer.outputs;
    case "embeddingBag":
      return layer.buckets * layer.outputs;
    case "embedding":
      return layer.entries * layer.outputs;
    case "norm":
      return 2 * layer.outputs;
  }
}

/** Adds Σ_n weight_n · gradient_n, float64 sums in row order. Of sequences only: a tap is formed, `sequence` or `tokens`. */
export function addGradients(
  space: Workspace,
  tap: LayerTap,
  weights: ArrayLike<number>,
  direction: Float64Array,
): void {
  const { inputs, outputs, positions, bias } = tap;
  const delta = space.floats(tap.delta, weights.length * positions * outputs);
  const a = space.floats(tap.a, weights.length * positions * inputs);
  const ids = space.integers(tap.a, weights.length * positions * inputs);
  for (let n = 0; n < weights.length; n++) {
    const weight = weights[n]!;
    for (let t = n * positions; t < (n + 1) * positions; t++) {
      const add = (row: number, factor: number) => {
        for (let o = 0; o < outputs; o++) direction[row * outputs + o]! += factor * delta[t * outputs + o]!;
      };
      if (tap.kind === "gradient") add(0, weight);
      if (tap.kind === "tokens") add(ids[t]!, weight);
      if (tap.kind !== "sequence") continue;
      for (let i = 0; i < inputs; i++) add(i, weight * a[t * inputs + i]!);
      if (bias === 1) add(inputs, weight);
    }
  }
}

/**
 * Adds the part of <gradient, direction> that each position has, δ_tᵀ·D·(a_t, 1): the inner product before it is summed over the positions.
 *
 * @param ids tokens of the positions, for a layer that reads them @param scores one per row and position
 */
export function addPositionScores(
  layer: Layer,
  { read, delta }: LayerPass,
  ids: Int32Array,
  scale: number,
  direction: Float64Array,
  scores: Float64Array,
): void {
  const { outputs, positions } = layer;
  const deltas = delta.dataSync();
  const values = read?.dataSync();
  /** δ_t · row of the direction. */
  const along = (t: number, row: number) => {
    let sum = 0;
    for (let o = 0; o < outputs; o++) sum += deltas[t * outputs + o]! * direction[row * outputs + o]!;
    return sum;
  };
  for (let t = 0; t < scores.length; t++) {
    let score = 0;
    if (layer.kind === "embedding") {
      score = along(t, layer.reads === "tokens" ? ids[t]! : t % positions);
    } else if (layer.kind === "norm") {
      for (let o = 0; o < outputs; o++) {
        score += deltas[t * outputs + o]! * (values![t * outputs + o]! * direction[o]! + direction[outputs + o]!);
      }
    } else if (layer.kind === "dense") {
      const { inputs } = layer;
      for (let i = 0; i < inputs; i++) score += values![t * inputs + i]! * along(t, i);
      if (layer.bias !== undefined) score += along(t, inputs);
    }
    scores[t]! += scale * score;
  }
}
