import * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import { useIeeeBackend } from "../numerics/backend/useIeeeBackend.ts";
import { createPlainKernels } from "../numerics/plainKernels.ts";
import { createWasmKernels } from "../numerics/wasmKernels.ts";
import { architectureOf } from "./architecture.ts";
import { preparedInputs } from "./batches.ts";
import { forward, inputTensors } from "./forward.ts";
import { initialWeights, ParentNeededError } from "./initialWeights.ts";
import { fusedOps } from "./networkOps.ts";
import { argmaxRows, predict } from "./predict.ts";
import { parseRecipe, RecipeError } from "./recipe.ts";
import type { LabelledRows } from "./rows.ts";
import { NO_LABEL, RowsError } from "./rows.ts";
import { smallTransformers, tokenRows } from "./testing/smallModels.ts";
import { trainMember } from "./train.ts";
import { trainVersion } from "./trainVersion.ts";
import { weightsHash } from "./weights.ts";

const models = smallTransformers();
const [long, , adapted] = models;

function tokensOf({ inputs }: LabelledRows): { ids: Int32Array; length: number } {
  if (inputs.kind !== "tokens") throw new TypeError("sequences are needed");
  return inputs;
}

describe("a recipe of a Transformer", () => {
  const recipe = long!.recipe;
  it.each([
    ["without an embedding", { layers: [{ kind: "transformerBlock", heads: 1, units: 4 }] }, /needs one embedding/u],
    [
      "of heads that cannot share the width",
      {
        layers: [
          { kind: "embedding", dimension: 10 },
          { kind: "transformerBlock", heads: 4, units: 4 },
        ],
      },
      /4 heads cannot share a width of 10/u,
    ],
    ["with fewer classes than tokens", { classes: 8 }, /the next token is one of 9, not of 8/u],
    ["with a block on dense rows", { input: { kind: "dense", width: 9 } }, /embedding layers read a "tokens" input/u],
    [
      "with adapters but no block",
      { layers: [{ kind: "embedding", dimension: 4 }], adapters: { kind: "lora", rank: 1, targets: ["up"] } },
      /adapters belong to transformerBlock/u,
    ],
    [
      "with a part adapted twice",
      { adapters: { kind: "lora", rank: 1, targets: ["up", "up"] } },
      /name each part once/u,
    ],
  ])("is refused %s", (_, change, message) => {
    expect(() => parseRecipe({ ...recipe, ...change })).toThrow(RecipeError);
    expect(() => parseRecipe({ ...recipe, ...change })).toThrow(message);
  });
});

describe("rows of tokens", () => {
  const { recipe, rows } = long!;
  const { ids, length } = tokensOf(rows);
  it.each([
    [
      "another length",
      { ...rows, inputs: { kind: "tokens", ids, length: 4 } },
      /sequences have 4 tokens, the model reads 8/u,
    ],
    [
      "a token outside the vocabulary",
      { ...rows, inputs: { kind: "tokens", ids: ids.map(() => 9), length } },
      /row 0 holds token id 9: ids are 0 to 8/u,
    ],
    [
      "one label for a whole sequence",
      { ...rows, labels: rows.labels.slice(0, 40) },
      /40 rows have 40 labels: give 8 for each row/u,
    ],
    [
      "a sequence without a target",
      { ...rows, labels: rows.labels.map(() => NO_LABEL) },
      /row 0 has no token to learn/u,
    ],
  ] satisfies [string, LabelledRows, RegExp][])("are refused with %s", (_, bad, message) => {
    expect(() => trainMember(createWasmKernels, recipe, bad, 0)).toThrow(RowsError);
    expect(() => trainMember(createWasmKernels, recipe, bad, 0)).toThrow(message);
  });
});

describe.each(models)("a $name", ({ recipe, rows, start }) => {
  it("learns which token follows", () => {
    const longer = parseRecipe({ ...recipe, epochs: 40 });
    const losses: number[] = [];
    trainMember(createWasmKernels, longer, rows, 0, {
      ...(start && { start }),
      onProgress: ({ loss }) => losses.push(loss),
    });
    expect(losses.at(-1)).toBeLessThan(0.7 * losses[0]!);
  });

  it("has the same weights in every run, with 1 and 2 threads, and with plain kernels", async () => {
    const parents = start && { start: [start, start] };
    const one = await trainVersion(recipe, rows, { ...parents });
    const two = await trainVersion(recipe, rows, { ...parents, workers: 2 });
    const short = parseRecipe({ ...recipe, epochs: 1 });
    const [plain, wasm] = [createPlainKernels, createWasmKernels].map((kernels) =>
      weightsHash(trainMember(kernels, short, rows, 0, { ...(start && { start }) })),
    );
    expect(two.hashes).toEqual(one.hashes);
    expect(new Set(one.hashes).size).toBe(2);
    expect(plain).toBe(wasm);
  });

  it("does not see what follows a token", () => {
    const weights = trainMember(createWasmKernels, recipe, rows, 0, { ...(start && { start }) });
    const { ids, length } = tokensOf(rows);
    const changed = ids.map((id, i) => (i % length === length - 1 ? (id + 1) % recipe.classes : id));
    const [before, after] = [ids, changed].map(
      (tokens) => predict(createWasmKernels, recipe, weights, { kind: "tokens", ids: tokens, length }).logits,
    );
    const perRow = length * recipe.classes;
    for (let row = 0; row < ids.length / length; row++) {
      const until = row * perRow + perRow - recipe.classes;
      expect(after!.subarray(row * perRow, until)).toEqual(before!.subarray(row * perRow, until));
      expect(after!.subarray(until, until + recipe.classes)).not.toEqual(
        before!.subarray(until, until + recipe.classes),
      );
    }
  });
});

describe("a Transformer", () => {
  it("answers with the successor after enough training", () => {
    const longer = parseRecipe({ ...long!.recipe, epochs: 12 });
    const weights = trainMember(createWasmKernels, longer, tokenRows(300, 9, 8, 98), 0);
    const test = tokenRows(30, 9, 8, 99);
    const { ids } = tokensOf(test);
    const answers = argmaxRows(predict(createWasmKernels, longer, weights, test.inputs).probabilities, 9);
    const judged = [...ids.keys()].filter((i) => test.labels[i] !== NO_LABEL);
    const right = judged.filter((i) => answers[i] === (ids[i]! + 1) % 9).length;
    expect(right / judged.length).toBeGreaterThan(0.95);
  });

  it("whose attention ignores its values' order gives the mean of the values up to each position", () => {
    useIeeeBackend(createWasmKernels);
    const zero = tf.zeros<tf.Rank.R2>([4, 2]);
    const value = tf.tensor2d([2, 1, 4, 3, 6, 8, 0, 4], [4, 2]);
    const attended = fusedOps.attention(zero, zero, value, { heads: 1, length: 4 });
    expect([...attended.dataSync()]).toEqual([2, 1, 3, 2, 4, 4, 3, 4]);
  });

  it("has the derivative of its loss that differences of the loss have, in every parameter", () => {
    const { recipe, rows } = long!;
    const architecture = architectureOf(recipe);
    const weights = initialWeights(recipe, architecture, 0);
    useIeeeBackend(createWasmKernels);
    const input = inputTensors(preparedInputs(rows.inputs), [0, 1, 2]);
    const labels = tf.tensor1d(rows.labels.slice(0, 24), "int32");
    const lossOf = (...current: tf.Tensor[]) =>
      fusedOps.meanCrossEntropy(forward(fusedOps, architecture, current, input), labels) as tf.Scalar;
    const tensors = weights.map(({ values, shape }) => tf.tensor(values, [...shape]));
    const gradients = tf
      .grads(lossOf)(tensors)
      .map((gradient) => gradient.dataSync());
    // Along the gradient itself the difference is largest: float32 rounding of the loss matters least.
    for (const [i, { name, values, shape }] of weights.entries()) {
      const length = Math.sqrt((gradients[i]! as Float32Array).reduce((sum, g) => sum + g * g, 0));
      const step = 2e-2;
      const [up, down] = [1, -1].map((sign) => {
        const moved = tf.tensor(
          values.map((v, j) => v + (sign * step * gradients[i]![j]!) / length),
          [...shape],
        );
        return lossOf(...tensors.map((tensor, other) => (other === i ? moved : tensor))).dataSync()[0]!;
      });
      expect((up! - down!) / (2 * step) / length, name).toBeCloseTo(1, 1);
    }
  });
});

describe("adapters", () => {
  const { recipe, rows, start } = adapted!;

  it("need a parent", () => {
    expect(() => trainMember(createWasmKernels, recipe, rows, 0)).toThrow(ParentNeededError);
  });

  it("leave every weight of the parent as it is and change only themselves", () => {
    const weights = trainMember(createWasmKernels, recipe, rows, 0, { start: start! });
    const parents = new Map(start!.map((tensor) => [tensor.name, tensor.values]));
    const own = weights.filter(({ name }) => !parents.has(name));
    for (const { name, values } of weights) if (parents.has(name)) expect(values, name).toEqual(parents.get(name));
    expect(own.map(({ name }) => name.split(".").at(-2))).toEqual(Array.from({ length: 20 }, (_, i) => "ab"[i % 2]));
    for (const { name, values } of own) expect(Math.max(...values.map(Math.abs)), name).toBeGreaterThan(0);
  });

  it("that are fresh give the parent's answers", () => {
    const fresh = initialWeights(recipe, architectureOf(recipe), 0);
    const parents = new Map(start!.map((tensor) => [tensor.name, tensor]));
    const joined = fresh.map((tensor) => parents.get(tensor.name) ?? tensor);
    expect(predict(createWasmKernels, recipe, joined, rows.inputs).logits).toEqual(
      predict(createWasmKernels, long!.recipe, start!, rows.inputs).logits,
    );
  });

  it("go on from adapters that a parent has", () => {
    const once = trainMember(createWasmKernels, recipe, rows, 0, { start: start! });
    const gentle = parseRecipe({ ...recipe, epochs: 1, optimizer: { kind: "sgd", learningRate: 1e-6 } });
    const twice = trainMember(createWasmKernels, gentle, rows, 0, { start: once });
    const moved = twice.flatMap(({ values }, i) =>
      [...values].map((value, j) => Math.abs(value - once[i]!.values[j]!)),
    );
    expect(Math.max(...moved)).toBeLessThan(1e-4);
    expect(weightsHash(twice)).not.toBe(weightsHash(once));
  });
});
