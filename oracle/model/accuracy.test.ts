import { describe, expect, it } from "vitest";
import { hashNgramsBatch } from "../data/hashedNgrams.ts";
import { loadFolder } from "../data/loadFolder.ts";
import { realData } from "../data/testing/realData.ts";
import { createWasmKernels } from "../numerics/wasmKernels.ts";
import { argmaxRows, predict } from "./predict.ts";
import { parseRecipe } from "./recipe.ts";
import type { Inputs } from "./rows.ts";
import { trainMember } from "./train.ts";

type Examples = ReturnType<typeof loadFolder>["train"];

function bagsOf(examples: Examples): Inputs {
  return {
    kind: "bags",
    ...hashNgramsBatch(examples.map((example) => (example.kind === "text" ? example.input : ""))),
  };
}

function pixelsOf(examples: Examples): Inputs {
  const pixels = examples.flatMap((example) => (example.kind === "image" ? [example.input.pixels] : []));
  const values = new Float32Array(pixels.length * 784);
  for (const [row, bytes] of pixels.entries())
    for (let i = 0; i < 784; i++) values[row * 784 + i] = (bytes[i]! / 255 - 0.1307) / 0.3081;
  return { kind: "dense", values, width: 784 };
}

const text = {
  input: { kind: "bags", buckets: 2 ** 14 },
  layers: [{ kind: "embeddingBag", dimension: 64 }],
  optimizer: { kind: "adam", learningRate: 0.02 },
  epochs: 8,
  batch: 128,
};
const image = {
  input: { kind: "image", height: 28, width: 28, channels: 1 },
  layers: [
    { kind: "convolution", filters: 8, kernel: 5, stride: 2 },
    { kind: "convolution", filters: 16, kernel: 5, stride: 2 },
    { kind: "dense", units: 32 },
  ],
  optimizer: { kind: "adam", learningRate: 0.003 },
  epochs: 5,
  batch: 64,
};

describe("accuracy of one model on the test rows of real data", () => {
  it.each([
    ["banking77", text, bagsOf, 0.91],
    ["clinc150", text, bagsOf, 0.92],
    ["mnist", image, pixelsOf, 0.95],
  ] as const)("%s", (folder, shape, inputsOf, least) => {
    const dir = realData(folder);
    if (dir === undefined) return;
    const { train, test, labels } = loadFolder(dir);
    const recipe = parseRecipe({ format: "openledger-recipe/1", classes: labels.length, seed: 1, ...shape });
    const classes = (examples: Examples) => Int32Array.from(examples, ({ label }) => labels.indexOf(label));
    const rows = { inputs: inputsOf(train), labels: classes(train) };
    const weights = trainMember(createWasmKernels, recipe, rows, 0);
    const answers = argmaxRows(
      predict(createWasmKernels, recipe, weights, inputsOf(test)).probabilities,
      labels.length,
    );
    const truth = classes(test);
    const right = answers.filter((answer, row) => answer === truth[row]).length;
    expect(right / truth.length).toBeGreaterThanOrEqual(least);
  });
});
