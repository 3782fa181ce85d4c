import { describe, expect, it } from "vitest";
import { architectureOf } from "./architecture.ts";
import { encodeRecipe, parseRecipe, RecipeError, recipeHash } from "./recipe.ts";

const valid = {
  format: "openledger-recipe/1",
  input: { kind: "image", height: 8, width: 8, channels: 1 },
  layers: [{ kind: "convolution", filters: 2, kernel: 3 }],
  classes: 4,
  optimizer: { kind: "adam", learningRate: 0.01 },
  epochs: 1,
  batch: 8,
  seed: 1,
};

describe("a recipe", () => {
  it.each([
    ["an unknown member", { ...valid, speed: 1 }, /speed/u],
    ["a learning rate of zero", { ...valid, optimizer: { kind: "adam", learningRate: 0 } }, /learningRate/u],
    [
      "bags without an embedding",
      { ...valid, input: { kind: "bags", buckets: 4 }, layers: [] },
      /needs an embeddingBag/u,
    ],
    ["an embedding of images", { ...valid, layers: [{ kind: "embeddingBag", dimension: 2 }] }, /reads a "bags" input/u],
    [
      "a convolution after a dense layer",
      {
        ...valid,
        layers: [
          { kind: "dense", units: 2 },
          { kind: "convolution", filters: 2, kernel: 1 },
        ],
      },
      /cannot follow a dense layer/u,
    ],
    [
      "a convolution of plain rows",
      { ...valid, input: { kind: "dense", width: 64 } },
      /a convolution reads an "image" input/u,
    ],
  ])("refuses %s and says where", (_, recipe, message) => {
    expect(() => parseRecipe(recipe)).toThrow(RecipeError);
    expect(() => parseRecipe(recipe)).toThrow(message);
  });

  it("refuses a kernel larger than what it reads", () => {
    const recipe = parseRecipe({ ...valid, layers: [{ kind: "convolution", filters: 2, kernel: 9 }] });
    expect(() => architectureOf(recipe)).toThrow(/kernel 9 is larger than its input of 8 x 8/u);
  });

  it("has one hash, whatever the order of its members and whether defaults are written out", () => {
    const recipe = parseRecipe(valid);
    const shuffled = parseRecipe(Object.fromEntries(Object.entries({ ...valid, members: 4 }).reverse()));
    expect(recipeHash(shuffled)).toBe(recipeHash(recipe));
    expect(recipeHash(parseRecipe(JSON.parse(encodeRecipe(recipe))))).toBe(recipeHash(recipe));
    expect(recipeHash(parseRecipe({ ...valid, seed: 2 }))).not.toBe(recipeHash(recipe));
  });

  it("names every tensor with its shape", () => {
    const { parameters } = architectureOf(parseRecipe(valid));
    expect(parameters.map(({ name, shape }) => [name, shape])).toEqual([
      ["layers.0.weight", [9, 2]],
      ["layers.0.bias", [2]],
      ["classifier.weight", [72, 4]],
      ["classifier.bias", [4]],
    ]);
  });
});
