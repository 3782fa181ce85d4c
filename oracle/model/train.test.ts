import { describe, expect, it } from "vitest";
import { createWasmKernels } from "../numerics/wasmKernels.ts";
import { argmaxRows, predict, predictEnsemble } from "./predict.ts";
import { parseRecipe } from "./recipe.ts";
import type { LabelledRows } from "./rows.ts";
import { RowsError } from "./rows.ts";
import { bagRows, denseRows, smallModels } from "./testing/smallModels.ts";
import { trainMember, TrainingDivergedError } from "./train.ts";
import { TrainingTooLargeError } from "./trainingMemory.ts";
import { trainVersion } from "./trainVersion.ts";
import { TensorMismatchError, weightsHash } from "./weights.ts";

function accuracy(
  recipe: Parameters<typeof predict>[1],
  weights: Parameters<typeof predict>[2],
  rows: LabelledRows,
): number {
  const answers = argmaxRows(predict(createWasmKernels, recipe, weights, rows.inputs).probabilities, recipe.classes);
  return answers.filter((answer, row) => answer === rows.labels[row]).length / answers.length;
}

const [regression, perceptron, , bag] = smallModels();

describe("training", () => {
  it.each([
    ["rows of another width", { ...denseRows(6, 8, 1) }, /rows have 8 features, the model reads 9/u],
    ["bags for a dense model", bagRows(6, 50, 1), /reads dense rows of 9/u],
    [
      "a label that is no class",
      { ...denseRows(3, 9, 1), labels: Int32Array.of(0, 1, 3) },
      /row 2 has label 3: labels are 0 to 2/u,
    ],
    ["missing labels", { ...denseRows(3, 9, 1), labels: Int32Array.of(0) }, /3 rows have 1 labels/u],
    ["no rows", denseRows(0, 9, 1), /no rows/u],
    [
      "a feature that is not finite",
      {
        inputs: { kind: "dense", width: 9, values: new Float32Array(18).fill(NaN, 12, 13) },
        labels: Int32Array.of(0, 1),
      },
      /row 1 holds NaN in feature 3/u,
    ],
  ] satisfies [string, LabelledRows, RegExp][])("refuses %s", (_, rows, message) => {
    expect(() => trainMember(createWasmKernels, regression!.recipe, rows, 0)).toThrow(RowsError);
    expect(() => trainMember(createWasmKernels, regression!.recipe, rows, 0)).toThrow(message);
  });

  it("names the row and the token that the table does not have", () => {
    const rows: LabelledRows = {
      inputs: { kind: "bags", ids: Int32Array.of(1, 50), offsets: Int32Array.of(0, 1, 2) },
      labels: Int32Array.of(0, 1),
    };
    expect(() => trainMember(createWasmKernels, bag!.recipe, rows, 0)).toThrow(
      "row 1 holds token id 50: ids are 0 to 49",
    );
  });

  it("foresees what does not fit and names the batch that does", () => {
    const wide = { kind: "dense", units: 100_000 };
    const recipe = parseRecipe({ ...regression!.recipe, layers: [wide], batch: 4096 });
    const rows = denseRows(4096, 9, 1);
    expect(() => trainMember(createWasmKernels, recipe, rows, 0)).toThrow(TrainingTooLargeError);
    expect(() => trainMember(createWasmKernels, recipe, rows, 0)).toThrow(
      /needs about 7\.\d\d GiB, 2.00 GiB are there: lower the recipe's batch to 1060/u,
    );
    const huge = parseRecipe({ ...recipe, layers: [wide, { kind: "dense", units: 2000 }] });
    expect(() => trainMember(createWasmKernels, huge, rows, 0)).toThrow(/use fewer units, filters or buckets/u);
  });

  it("stops where numbers leave the finite range, naming layer, row and step", () => {
    const recipe = parseRecipe({
      ...perceptron!.recipe,
      optimizer: { kind: "sgd", learningRate: 100, weightDecay: 1 },
      epochs: 20,
    });
    let error: unknown;
    try {
      trainMember(createWasmKernels, recipe, perceptron!.rows, 0);
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(TrainingDivergedError);
    const { layer, row, step, message } = error as TrainingDivergedError;
    expect(layer).toMatch(/^(layers\.\d|classifier|loss)/u);
    expect(row).toBeLessThan(60);
    expect(message).toContain(`step ${step}: lower the learning rate`);
  });

  it("names the tensor of a parent that does not fit", () => {
    const start = trainMember(createWasmKernels, regression!.recipe, regression!.rows, 0);
    const wider = start.map((tensor) => (tensor.name === "classifier.bias" ? { ...tensor, shape: [4] } : tensor));
    expect(() => trainMember(createWasmKernels, regression!.recipe, regression!.rows, 0, { start: wider })).toThrow(
      new TensorMismatchError("classifier.bias", "[4] of 3 values", "[3]"),
    );
  });

  it.each(smallModels())("teaches a $name its rows", ({ recipe, rows }) => {
    const longer = parseRecipe({ ...recipe, epochs: 40 });
    const losses: number[] = [];
    const weights = trainMember(createWasmKernels, longer, rows, 0, { onProgress: ({ loss }) => losses.push(loss) });
    expect(losses).toHaveLength(40);
    expect(losses.at(-1)).toBeLessThan(0.6 * losses[0]!);
    expect(accuracy(longer, weights, rows)).toBeGreaterThan(0.9);
  });

  it.each(smallModels())(
    "gives a $name the same weights in every thread and every run, others for other members",
    async ({ recipe, rows }) => {
      const one = await trainVersion(recipe, rows);
      const two = await trainVersion(recipe, rows, { workers: 2 });
      const here = [0, 1].map((member) => weightsHash(trainMember(createWasmKernels, recipe, rows, member)));
      expect(two.hashes).toEqual(one.hashes);
      expect(here).toEqual(one.hashes);
      expect(new Set(one.hashes).size).toBe(2);
    },
  );

  it("continues from a parent's weights", () => {
    const { recipe, rows } = perceptron!;
    const parent = trainMember(createWasmKernels, recipe, rows, 0);
    const gentle = parseRecipe({ ...recipe, epochs: 1, optimizer: { kind: "sgd", learningRate: 1e-6 } });
    const child = trainMember(createWasmKernels, gentle, rows, 0, { start: parent });
    const moved = child.flatMap(({ values }, i) =>
      [...values].map((value, j) => Math.abs(value - parent[i]!.values[j]!)),
    );
    expect(Math.max(...moved)).toBeGreaterThan(0);
    expect(Math.max(...moved)).toBeLessThan(1e-4);
  });
});

describe("an ensemble", () => {
  it("answers with the mean of its models' probabilities", async () => {
    const { recipe, rows } = perceptron!;
    const { models } = await trainVersion(recipe, rows);
    const each = models.map((weights) => predict(createWasmKernels, recipe, weights, rows.inputs).probabilities);
    const mean = predictEnsemble(createWasmKernels, recipe, models, rows.inputs);
    expect(mean).toEqual(each[0]!.map((value, i) => (value + each[1]![i]!) / 2));
    for (let row = 0; row < 60; row++) {
      expect(mean[3 * row]! + mean[3 * row + 1]! + mean[3 * row + 2]!).toBeCloseTo(1, 6);
    }
  });
});
