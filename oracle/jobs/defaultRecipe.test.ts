import { describe, expect, it } from "vitest";
import { imageExample, rowExample } from "../data/example.ts";
import { loadFolder } from "../data/loadFolder.ts";
import { realData } from "../data/testing/realData.ts";
import { architectureOf } from "../model/architecture.ts";
import { argmaxRows, predict } from "../model/predict.ts";
import { trainMember } from "../model/train.ts";
import { randomStream } from "../numerics/random.ts";
import { createWasmKernels } from "../numerics/wasmKernels.ts";
import { defaultRecipe } from "./defaultRecipe.ts";
import { encodingOf, inputOf, labelledRows } from "./trainingData.ts";

const choice = { seed: 1, members: 1, epochs: 8 };
const kindsOf = (side: number) =>
  defaultRecipe({ kind: "image", height: side, width: side + 3, channels: 3 }, 10, choice).layers.map(
    ({ kind }) => kind,
  );

describe("the default recipe", () => {
  it("embeds texts as bags of their n-grams", () => {
    const recipe = defaultRecipe({ kind: "bags", buckets: 16_384 }, 77, choice);
    expect(recipe).toMatchObject({ layers: [{ kind: "embeddingBag", dimension: 64 }], classes: 77, ...choice });
  });

  it("puts a layer on the vectors of a base", () => {
    const recipe = defaultRecipe({ kind: "dense", width: 384 }, 77, choice);
    expect(recipe).toMatchObject({ layers: [{ kind: "dense", units: 256 }], classes: 77, ...choice });
  });

  it("has as many convolutions as an image has room for", () => {
    expect(kindsOf(28)).toEqual(["convolution", "convolution", "dense"]);
    expect(kindsOf(8)).toEqual(["convolution", "dense"]);
    expect(kindsOf(4)).toEqual(["dense"]);
    for (const side of [1, 5, 13, 64]) {
      const input = { kind: "image", height: side, width: side, channels: 1 } as const;
      expect(() => architectureOf(defaultRecipe(input, 2, choice))).not.toThrow();
    }
  });

  it("reads images as rows of pixels with channels interleaved, as examples hold them", () => {
    const pixels = Uint8Array.from({ length: 12 }, (_, i) => i);
    const image = imageExample({ width: 2, height: 3, channels: 2, pixels }, "a");
    expect(inputOf(encodingOf([image]), [image])).toEqual({ kind: "image", height: 3, width: 2, channels: 2 });
  });
});

describe("one model of the default recipe on rows", () => {
  /** Who is older or earns more is approved, unless unemployed; one value in ten is missing, and the incomes have another scale. */
  function applicants(count: number, seed: number) {
    const random = randomStream(seed, 0);
    return Array.from({ length: count }, () => {
      const [age, income] = [20 + random.below(50), 1_000 * random.below(90)];
      const job = ["clerk", "nurse", "none"][random.below(3)]!;
      const approved = job !== "none" && age / 50 + income / 90_000 > 1.2;
      const stated = { age, income, job };
      const input = Object.entries(stated).filter(([name]) => name === "income" || random.below(10) > 0);
      return rowExample(Object.fromEntries(input), approved ? "yes" : "no");
    });
  }

  it("labels at least 85 % of new rows right", () => {
    const [train, test] = [applicants(600, 1), applicants(400, 2)];
    const labels = ["no", "yes"];
    const plan = { encoding: encodingOf(train), labels };
    const recipe = defaultRecipe(inputOf(plan.encoding, train), labels.length, choice, "row");
    expect(recipe).toMatchObject({ input: { kind: "dense", width: 8 }, layers: [{ kind: "dense", units: 64 }] });
    const weights = trainMember(createWasmKernels, recipe, labelledRows(plan, train), 0);
    const { inputs, labels: truth } = labelledRows(plan, test);
    const answers = argmaxRows(predict(createWasmKernels, recipe, weights, inputs).probabilities, labels.length);
    const right = answers.filter((answer, row) => answer === truth[row]).length;
    expect(right / truth.length).toBeGreaterThanOrEqual(0.85);
  });
});

describe.each([
  ["banking77", 0.91],
  ["clinc150", 0.92],
  ["mnist", 0.95],
] as const)("one model of the default recipe on %s", (folder, least) => {
  const dir = realData(folder);

  it.skipIf(dir === undefined)(`labels at least ${100 * least} % of the test rows right`, () => {
    const { train, test, labels } = loadFolder(dir!);
    const plan = { encoding: encodingOf(train), labels: [...labels] };
    const recipe = defaultRecipe(inputOf(plan.encoding, train), labels.length, choice);
    const weights = trainMember(createWasmKernels, recipe, labelledRows(plan, train), 0);
    const { inputs, labels: truth } = labelledRows(plan, test);
    const answers = argmaxRows(predict(createWasmKernels, recipe, weights, inputs).probabilities, labels.length);
    const right = answers.filter((answer, row) => answer === truth[row]).length;
    expect(right / truth.length).toBeGreaterThanOrEqual(least);
  });
});
