import { describe, expect, it } from "vitest";
import { InputError } from "../common/errors.ts";
import { RecipeError, recipeSchema } from "../model/recipe.ts";
import { chosenRecipe } from "./chosenRecipe.ts";
import { defaultRecipe } from "./defaultRecipe.ts";

const usual = defaultRecipe({ kind: "bags", buckets: 64 }, 3, { seed: 1, members: 2, epochs: 8 });
const choose = (chosen: Record<string, unknown> | undefined) =>
  chosenRecipe(recipeSchema, usual, chosen, ["format", "input", "classes"]);

describe("a recipe of one's own", () => {
  it("cannot choose what follows from the data, and names what is wrong with the rest", () => {
    expect(() => choose({ classes: 4 })).toThrow(InputError);
    expect(() => choose({ layers: [{ kind: "convolution", filters: 1, kernel: 3 }] })).toThrow(RecipeError);
    expect(() => choose({ epochs: 0 })).toThrow(/epochs/u);
    expect(() => choose({ epoch: 3 })).toThrow(/epoch/u);
  });

  it("replaces what it names, and leaves the rest as it is usual", () => {
    expect(choose(undefined)).toBe(usual);
    const layers = [{ kind: "embeddingBag", dimension: 16 }, { kind: "dense", units: 8, activation: "relu", dropout: 0 }]; // prettier-ignore
    expect(choose({ layers, epochs: 2 })).toEqual({ ...usual, layers, epochs: 2 });
  });
});
