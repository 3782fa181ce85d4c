import type { Recipe } from "../../../model/recipe.ts";
import { parseRecipe } from "../../../model/recipe.ts";
import type { LabelledRows } from "../../../model/rows.ts";
import { trainMember } from "../../../model/train.ts";
import type { Weights } from "../../../model/weights.ts";
import { randomStream } from "../../../numerics/random.ts";
import { createWasmKernels } from "../../../numerics/wasmKernels.ts";
import type { Taps } from "../../taps.ts";
import type { AttributionMethod, TappedModel } from "../tappedModel.ts";
import { tapModel } from "../tappedModel.ts";

export const ROWS = 30;
export const OUTPUTS = 4;
const CLASSES = 3;
const WIDTH = 6;
const BUCKETS = 20;

export interface TinyModel {
  readonly recipe: Recipe;
  readonly weights: Weights;
  readonly training: LabelledRows;
  readonly queries: LabelledRows;
}

/** A trained network of two layers on a few rows: dense rows or bags. */
export function tinyModel(kind: "dense" | "bags", hidden = true): TinyModel {
  const recipe = parseRecipe({
    format: "openledger-recipe/1",
    input: kind === "dense" ? { kind: "dense", width: WIDTH } : { kind: "bags", buckets: BUCKETS },
    layers: kind === "bags" ? [{ kind: "embeddingBag", dimension: 5 }] : hidden ? [{ kind: "dense", units: 5 }] : [],
    classes: CLASSES,
    optimizer: { kind: "sgd", learningRate: 0.3 },
    epochs: 12,
    batch: 10,
    seed: 3,
  });
  const training = rows(kind, ROWS, 1);
  return {
    recipe,
    training,
    queries: rows(kind, OUTPUTS, 2),
    weights: trainMember(createWasmKernels, recipe, training, 0),
  };
}

export function tap(model: TinyModel, ...methods: readonly AttributionMethod[]): TappedModel {
  return tapWith(model, (architecture) =>
    Math.max(0, ...methods.map((method) => method.elements(architecture, ROWS, OUTPUTS))),
  );
}

export function tapWith(
  model: TinyModel,
  elements: (architecture: TappedModel["architecture"]) => number,
): TappedModel {
  const make = (count: number): TappedModel =>
    tapModel(createWasmKernels, model.recipe, model.weights, model.training, model.queries, count);
  return make(elements(make(0).architecture));
}

function rows(kind: "dense" | "bags", count: number, stream: number): LabelledRows {
  const random = randomStream(9, stream);
  const labels = Int32Array.from({ length: count }, () => random.below(CLASSES));
  if (kind === "dense") {
    const values = Float32Array.from(
      { length: count * WIDTH },
      (_, i) => random.normal() + (i % WIDTH === labels[Math.floor(i / WIDTH)] ? 1 : 0),
    );
    return { labels, inputs: { kind, values, width: WIDTH } };
  }
  const ids = Int32Array.from({ length: count * 4 }, () => random.below(BUCKETS));
  for (let r = 0; r < count; r++) ids.subarray(4 * r, 4 * r + 4).sort();
  return { labels, inputs: { kind, ids, offsets: Int32Array.from({ length: count + 1 }, (_, r) => 4 * r) } };
}

/** Gradients of the margin formed row by row in float64, layer by layer: what the ghost products never form. */
export function formedGradients(model: TappedModel, taps: Taps): Float64Array[][] {
  const { space } = model;
  return taps.layers.map((tap, l) => {
    const layer = model.architecture.layers[l]!;
    const inputs = layer.kind === "embeddingBag" ? layer.buckets : tap.inputs + 1;
    const a = space.floats(tap.a, taps.rows * tap.inputs);
    const delta = space.floats(tap.delta, taps.rows * tap.outputs);
    return Array.from({ length: taps.rows }, (_, r) => {
      const input = new Float64Array(inputs);
      if (tap.kind === "bag") {
        const offsets = space.integers(taps.bags.offsets, taps.rows + 1);
        for (let t = offsets[r]!; t < offsets[r + 1]!; t++) {
          input[space.integers(taps.bags.ids, t + 1)[t]!] = space.floats(taps.bags.weights, t + 1)[t]!;
        }
      } else {
        input.set(a.subarray(r * tap.inputs, (r + 1) * tap.inputs));
        input[tap.inputs] = 1;
      }
      const gradient = new Float64Array(inputs * tap.outputs);
      for (let i = 0; i < inputs; i++)
        for (let o = 0; o < tap.outputs; o++) gradient[i * tap.outputs + o] = input[i]! * delta[r * tap.outputs + o]!;
      return gradient;
    });
  });
}

export function dot(x: Float64Array, y: Float64Array): number {
  return x.reduce((sum, value, i) => sum + value * y[i]!, 0);
}

/** Joins the layers of each row. */
export function wholeGradients(layers: readonly Float64Array[][]): Float64Array[] {
  return layers[0]!.map((_, r) => Float64Array.from(layers.flatMap((layer) => [...layer[r]!])));
}

/** Solves A x = b by Gaussian elimination with partial pivoting, float64. */
export function solveDense(matrix: readonly Float64Array[], right: Float64Array): Float64Array {
  const n = right.length;
  const a = matrix.map((row) => row.slice());
  const x = right.slice();
  for (let c = 0; c < n; c++) {
    let pivot = c;
    for (let r = c + 1; r < n; r++) if (Math.abs(a[r]![c]!) > Math.abs(a[pivot]![c]!)) pivot = r;
    [a[c], a[pivot]] = [a[pivot]!, a[c]!];
    [x[c], x[pivot]] = [x[pivot]!, x[c]!];
    for (let r = c + 1; r < n; r++) {
      const factor = a[r]![c]! / a[c]![c]!;
      for (let k = c; k < n; k++) a[r]![k]! -= factor * a[c]![k]!;
      x[r]! -= factor * x[c]!;
    }
  }
  for (let r = n - 1; r >= 0; r--) {
    for (let k = r + 1; k < n; k++) x[r]! -= a[r]![k]! * x[k]!;
    x[r]! /= a[r]![r]!;
  }
  return x;
}

/** Σ_i weight_i · g_i g_iᵀ + ridge · I. */
export function scatter(gradients: readonly Float64Array[], weights: ArrayLike<number>, ridge: number): Float64Array[] {
  const n = gradients[0]!.length;
  const result = Array.from({ length: n }, (_, r) => {
    const row = new Float64Array(n);
    row[r] = ridge;
    return row;
  });
  for (const [i, g] of gradients.entries()) {
    for (let r = 0; r < n; r++) for (let c = 0; c < n; c++) result[r]![c]! += weights[i]! * g[r]! * g[c]!;
  }
  return result;
}

/** Largest difference between scores and their reference, relative to the largest reference. */
export function relativeError(scores: ArrayLike<number>, reference: ArrayLike<number>): number {
  let difference = 0;
  let size = 0;
  for (let i = 0; i < reference.length; i++) {
    difference = Math.max(difference, Math.abs(scores[i]! - reference[i]!));
    size = Math.max(size, Math.abs(reference[i]!));
  }
  return difference / size;
}
