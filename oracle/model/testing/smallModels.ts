import { randomStream } from "../../numerics/random.ts";
import type { Recipe } from "../recipe.ts";
import { parseRecipe } from "../recipe.ts";
import type { LabelledRows } from "../rows.ts";

/** A small recipe and rows for each kind of network, for tests. */
export interface SmallModel {
  readonly name: string;
  readonly recipe: Recipe;
  readonly rows: LabelledRows;
}

const common = { format: "openledger-recipe/1", classes: 3, epochs: 4, batch: 16, seed: 11, members: 2 };

/** Dense rows in three clusters. */
export function denseRows(count: number, width: number, seed: number): LabelledRows {
  const stream = randomStream(seed, 0);
  const labels = Int32Array.from({ length: count }, (_, row) => row % 3);
  const values = Float32Array.from({ length: count * width }, (_, i) => {
    const row = Math.floor(i / width);
    return stream.normal() + (i % 3 === labels[row] ? 1.5 : 0);
  });
  return { inputs: { kind: "dense", values, width }, labels };
}

/** Bags of token ids; each class favours its own third of the ids. Row 0 is empty. */
export function bagRows(count: number, buckets: number, seed: number): LabelledRows {
  const stream = randomStream(seed, 0);
  const labels = Int32Array.from({ length: count }, (_, row) => row % 3);
  const offsets = new Int32Array(count + 1);
  for (let row = 1; row < count; row++) offsets[row + 1] = offsets[row]! + 4 + stream.below(6);
  const ids: number[] = [];
  for (let row = 0; row < count; row++) {
    while (ids.length < offsets[row + 1]!) {
      const id = stream.below(buckets);
      if (id % 3 === labels[row] || stream.below(2) === 0) ids.push(id);
    }
  }
  return { inputs: { kind: "bags", ids: Int32Array.from(ids), offsets }, labels };
}

export function smallModels(): SmallModel[] {
  return [
    {
      name: "softmax regression",
      recipe: parseRecipe({
        ...common,
        input: { kind: "dense", width: 9 },
        layers: [],
        optimizer: { kind: "sgd", learningRate: 0.1 },
      }),
      rows: denseRows(60, 9, 1),
    },
    {
      name: "perceptron",
      recipe: parseRecipe({
        ...common,
        input: { kind: "dense", width: 9 },
        layers: [
          { kind: "dense", units: 12 },
          { kind: "dense", units: 7, activation: "relu", dropout: 0.1 },
        ],
        optimizer: { kind: "sgd", learningRate: 0.05, momentum: 0.9, weightDecay: 0.001 },
      }),
      rows: denseRows(60, 9, 2),
    },
    {
      name: "convolutional network",
      recipe: parseRecipe({
        ...common,
        input: { kind: "image", height: 6, width: 6, channels: 2 },
        layers: [
          { kind: "convolution", filters: 4, kernel: 3 },
          { kind: "convolution", filters: 3, kernel: 2, stride: 2 },
        ],
        optimizer: { kind: "adam", learningRate: 0.01 },
      }),
      rows: denseRows(60, 72, 3),
    },
    {
      name: "embedding bag",
      recipe: parseRecipe({
        ...common,
        input: { kind: "bags", buckets: 50 },
        layers: [{ kind: "embeddingBag", dimension: 6 }],
        optimizer: { kind: "adam", learningRate: 0.05 },
      }),
      rows: bagRows(60, 50, 4),
    },
  ];
}
