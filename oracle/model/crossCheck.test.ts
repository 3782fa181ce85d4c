import { describe, expect, it } from "vitest";
import { randomStream } from "../numerics/random.ts";
import { startTensorflow } from "../numerics/tensorflow.ts";
import { createWasmKernels } from "../numerics/wasmKernels.ts";
import { architectureOf } from "./architecture.ts";
import { crossCheck } from "./crossCheck.ts";
import { initialWeights } from "./initialWeights.ts";
import { parseRecipe } from "./recipe.ts";
import type { Inputs, LabelledRows } from "./rows.ts";

const common = {
  format: "openledger-recipe/1",
  optimizer: { kind: "sgd", learningRate: 0.1 },
  epochs: 1,
  batch: 8,
  seed: 5,
};
const ROWS = 23;

function dense(width: number): Inputs {
  const stream = randomStream(1, 0);
  return { kind: "dense", width, values: Float32Array.from({ length: ROWS * width }, () => stream.normal()) };
}

function bags(buckets: number): Inputs {
  const stream = randomStream(2, 0);
  const offsets = Int32Array.from({ length: ROWS + 1 }, (_, row) => 4 * row + (row % 2));
  return { kind: "bags", offsets, ids: Int32Array.from({ length: offsets[ROWS]! }, () => stream.below(buckets)) };
}

const cases: [string, object, Inputs][] = [
  ["a softmax regression", { input: { kind: "dense", width: 9 }, layers: [] }, dense(9)],
  [
    "a SiLU perceptron",
    {
      input: { kind: "dense", width: 9 },
      layers: [
        { kind: "dense", units: 17 },
        { kind: "dense", units: 6 },
      ],
    },
    dense(9),
  ],
  [
    "a ReLU perceptron",
    { input: { kind: "dense", width: 9 }, layers: [{ kind: "dense", units: 33, activation: "relu" }] },
    dense(9),
  ],
  [
    "a convolutional network",
    {
      input: { kind: "image", height: 11, width: 9, channels: 2 },
      layers: [
        { kind: "convolution", filters: 5, kernel: 3, stride: 2 },
        { kind: "convolution", filters: 4, kernel: 2 },
        { kind: "dense", units: 7 },
      ],
    },
    dense(198),
  ],
  [
    "an embedding bag",
    { input: { kind: "bags", buckets: 40 }, layers: [{ kind: "embeddingBag", dimension: 10 }] },
    bags(40),
  ],
];

const LENGTH = 7;
const VOCABULARY = 9;

function sequences(): LabelledRows {
  const stream = randomStream(4, 0);
  const ids = Int32Array.from({ length: ROWS * LENGTH }, () => stream.below(VOCABULARY));
  // Every third row is shorter: its last positions have no label.
  const labels = ids.map((_, i) =>
    Math.floor(i / LENGTH) % 3 === 0 && i % LENGTH > 4 ? -1 : stream.below(VOCABULARY),
  );
  return { inputs: { kind: "tokens", ids, length: LENGTH }, labels };
}

const transformer = {
  ...common,
  input: { kind: "tokens", vocabulary: VOCABULARY, length: LENGTH },
  layers: [
    { kind: "embedding", dimension: 12 },
    { kind: "transformerBlock", heads: 3, units: 20 },
    { kind: "dense", units: 12, activation: "tanh" },
    { kind: "transformerBlock", heads: 2, units: 16 },
    { kind: "norm" },
  ],
  classes: VOCABULARY,
};

describe("forward and backward pass", () => {
  it.each([
    ["a Transformer", transformer],
    [
      "a Transformer with adapters",
      { ...transformer, adapters: { kind: "lora", rank: 3, targets: ["query", "value", "up", "down"] } },
    ],
  ])("of %s agree with TensorFlow.js and its automatic differentiation", async (_, shape) => {
    const recipe = parseRecipe(shape);
    const stream = randomStream(6, 0);
    // Adapters start at B = 0, where A has no gradient: every tensor is moved away from where it starts.
    const weights = initialWeights(recipe, architectureOf(recipe), 0).map((tensor) => ({
      ...tensor,
      values: tensor.values.map((value) => value + 0.1 * stream.normal()),
    }));
    const { logits, gradients } = await crossCheck(createWasmKernels, recipe, weights, sequences());
    expect(logits).toBeLessThan(2e-6);
    expect(gradients.size).toBe(weights.length);
    for (const [name, difference] of gradients) expect(difference, name).toBeLessThan(5e-6);
  });

  it.each(cases)("of %s agree with TensorFlow.js and its automatic differentiation", async (_, shape, inputs) => {
    const recipe = parseRecipe({ ...common, ...shape, classes: 4 });
    const weights = initialWeights(recipe, architectureOf(recipe), 0);
    const labels = Int32Array.from({ length: ROWS }, (_unused, row) => row % 4);
    const { logits, gradients } = await crossCheck(createWasmKernels, recipe, weights, { inputs, labels });
    expect(logits).toBeLessThan(2e-6);
    expect(gradients.size).toBe(weights.length);
    for (const [name, difference] of gradients) expect(difference, name).toBeLessThan(5e-6);
  });
});

describe("the TensorFlow.js matrix product", () => {
  it.each([
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ])("multiplies batches with transposeA %s and transposeB %s", async (transposeA, transposeB) => {
    const tf = await startTensorflow();
    const stream = randomStream(3, 0);
    const [batches, m, k, n] = [3, 5, 7, 4];
    const a = Float32Array.from({ length: batches * m * k }, () => stream.normal());
    const b = Float32Array.from({ length: batches * k * n }, () => stream.normal());
    const at = (x: Float32Array, rows: number, columns: number, transposed: boolean, i: number, j: number, s: number) =>
      x[s * rows * columns + (transposed ? j * rows + i : i * columns + j)]!;
    const left = tf.tensor3d(a, transposeA ? [batches, k, m] : [batches, m, k]);
    const right = tf.tensor3d(b, transposeB ? [batches, n, k] : [batches, k, n]);
    const kept = tf.memory().numTensors;
    const c = tf.matMul(left, right, transposeA, transposeB);
    const values = c.dataSync();
    for (let s = 0; s < batches; s++) {
      for (let i = 0; i < m; i++) {
        for (let j = 0; j < n; j++) {
          let sum = 0;
          for (let t = 0; t < k; t++) sum += at(a, m, k, transposeA, i, t, s) * at(b, k, n, transposeB, t, j, s);
          expect(values[(s * m + i) * n + j]).toBeCloseTo(sum, 5);
        }
      }
    }
    c.dispose();
    expect(tf.memory().numTensors).toBe(kept);
  });
});
