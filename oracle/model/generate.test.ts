import { describe, expect, it } from "vitest";
import { createWasmKernels } from "../numerics/wasmKernels.ts";
import { architectureOf } from "./architecture.ts";
import { generate } from "./generate.ts";
import { initialWeights } from "./initialWeights.ts";
import { parseRecipe } from "./recipe.ts";
import type { LabelledRows } from "./rows.ts";
import { NO_LABEL, RowsError } from "./rows.ts";
import { smallModels, tokenRows } from "./testing/smallModels.ts";
import { tokenScores } from "./tokenScores.ts";
import { trainMember } from "./train.ts";

const recipe = parseRecipe({
  format: "openledger-recipe/1",
  input: { kind: "tokens", vocabulary: 4, length: 3 },
  layers: [{ kind: "embedding", dimension: 8 }, { kind: "transformerBlock", heads: 2, units: 16 }, { kind: "norm" }],
  classes: 4,
  optimizer: { kind: "adam", learningRate: 0.02 },
  epochs: 20,
  batch: 16,
  seed: 1,
  members: 1,
});
/** Gives every token the same logits: 0, but `bias` for token 0. */
function constant(bias: number) {
  return initialWeights(recipe, architectureOf(recipe), 0).map((tensor) => {
    if (tensor.name === "classifier.bias") return { ...tensor, values: Float32Array.of(bias, 0, 0, 0) };
    return tensor.name === "classifier.weight" ? { ...tensor, values: tensor.values.map(() => 0) } : tensor;
  });
}
const rows: LabelledRows = {
  inputs: { kind: "tokens", ids: Int32Array.of(0, 1, 2, 3, 0, 0), length: 3 },
  labels: Int32Array.of(1, 2, 3, 0, NO_LABEL, NO_LABEL),
};

describe("the scores of tokens", () => {
  it("of a model that knows nothing are two bits for one of four, and margins of 1 to 3", () => {
    const { bitsPerToken, margins } = tokenScores(createWasmKernels, recipe, constant(0), rows);
    expect(bitsPerToken).toBeCloseTo(2, 12);
    expect([...margins].map((margin) => margin.toFixed(6))).toEqual([3, 1].map((n) => (-n * Math.log(3)).toFixed(6)));
  });

  it("leave out positions without a label", () => {
    const { bitsPerToken, margins } = tokenScores(createWasmKernels, recipe, constant(30), rows);
    // Three tokens at about 30 nats and one at about 0.
    expect(bitsPerToken).toBeCloseTo((3 * 30) / 4 / Math.LN2, 6);
    expect(margins[1]).toBeCloseTo(30 - Math.log(3), 5);
  });
});

describe("generation", () => {
  it("refuses models of other inputs and an empty prompt", () => {
    const [dense] = smallModels();
    const weights = trainMember(createWasmKernels, dense!.recipe, dense!.rows, 0);
    const sampling = { seed: 1, temperature: 1 };
    expect(() => generate(createWasmKernels, dense!.recipe, weights, Int32Array.of(1), 1, sampling)).toThrow(RowsError);
    expect(() => generate(createWasmKernels, recipe, constant(0), new Int32Array(), 1, sampling)).toThrow(
      /prompt is empty/u,
    );
  });

  it("draws tokens as often as the model says, and at a low temperature the likeliest alone", () => {
    const drawn = generate(createWasmKernels, recipe, constant(Math.log(3)), Int32Array.of(1), 600, {
      seed: 5,
      temperature: 1,
    });
    const share = drawn.filter((id) => id === 0).length / 600;
    expect(share).toBeGreaterThan(0.44);
    expect(share).toBeLessThan(0.56);
    const greedy = generate(createWasmKernels, recipe, constant(0.1), Int32Array.of(1), 5, {
      seed: 5,
      temperature: 1e-3,
    });
    expect([...greedy]).toEqual([0, 0, 0, 0, 0]);
  });

  it("goes on beyond the length of the context with what the model learned", () => {
    const weights = trainMember(createWasmKernels, recipe, tokenRows(200, 4, 3, 3), 0);
    const added = generate(createWasmKernels, recipe, weights, Int32Array.of(2), 8, { seed: 1, temperature: 0.01 });
    expect([...added]).toEqual([3, 0, 1, 2, 3, 0, 1, 2]);
  });
});
