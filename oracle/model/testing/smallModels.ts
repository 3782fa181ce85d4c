import { randomStream } from "../../numerics/random.ts";
import { createWasmKernels } from "../../numerics/wasmKernels.ts";
import type { Recipe } from "../recipe.ts";
import { parseRecipe } from "../recipe.ts";
import type { LabelledRows } from "../rows.ts";
import { NO_LABEL } from "../rows.ts";
import { trainMember } from "../train.ts";
import type { Weights } from "../weights.ts";

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
    {
      name: "perceptron with layer norms",
      recipe: parseRecipe({
        ...common,
        input: { kind: "dense", width: 9 },
        layers: [
          { kind: "dense", units: 12, activation: "gelu" },
          { kind: "norm" },
          { kind: "dense", units: 7, activation: "tanh" },
        ],
        optimizer: { kind: "sgd", learningRate: 0.1, momentum: 0.9 },
      }),
      rows: denseRows(60, 9, 2),
    },
  ];
}

/** Sequences in which every token is followed by its successor, three in four times; every third row ends before its last positions. */
export function tokenRows(count: number, vocabulary: number, length: number, seed: number): LabelledRows {
  const stream = randomStream(seed, 0);
  const ids = new Int32Array(count * length);
  const labels = new Int32Array(count * length);
  for (let row = 0; row < count; row++) {
    let token = stream.below(vocabulary);
    const end = row % 3 === 2 ? Math.ceil(length / 2) : length;
    for (let t = 0; t < length; t++) {
      const next = stream.below(4) === 0 ? stream.below(vocabulary) : (token + 1) % vocabulary;
      ids[row * length + t] = t < end ? token : 0;
      labels[row * length + t] = t < end ? next : NO_LABEL;
      token = next;
    }
  }
  return { inputs: { kind: "tokens", ids, length }, labels };
}

/** Transformers whose gradients are formed, whose gradients are not, and one with adapters. */
export function smallTransformers(): (SmallModel & { readonly start: Weights | undefined })[] {
  const tokens = { ...common, optimizer: { kind: "adam", learningRate: 0.01 } };
  const long = {
    ...tokens,
    input: { kind: "tokens", vocabulary: 9, length: 8 },
    layers: [
      { kind: "embedding", dimension: 12 },
      { kind: "transformerBlock", heads: 3, units: 20 },
      { kind: "transformerBlock", heads: 2, units: 16, activation: "tanh" },
      { kind: "norm" },
    ],
    classes: 9,
  };
  const short = {
    ...tokens,
    input: { kind: "tokens", vocabulary: 30, length: 3 },
    layers: [{ kind: "embedding", dimension: 12 }, { kind: "transformerBlock", heads: 2, units: 64 }, { kind: "norm" }],
    classes: 30,
  };
  const lora = { kind: "lora", rank: 2, targets: ["query", "value", "output", "up", "down"] };
  const parent = parseRecipe(long);
  const rows = tokenRows(40, 9, 8, 5);
  return [
    { name: "Transformer over eight tokens", recipe: parent, rows, start: undefined },
    {
      name: "Transformer over three tokens",
      recipe: parseRecipe(short),
      rows: tokenRows(40, 30, 3, 6),
      start: undefined,
    },
    {
      name: "Transformer with adapters",
      recipe: parseRecipe({ ...long, adapters: lora, optimizer: { kind: "adam", learningRate: 0.02 } }),
      rows: tokenRows(40, 9, 8, 7),
      start: trainMember(createWasmKernels, parent, rows, 0),
    },
  ];
}
