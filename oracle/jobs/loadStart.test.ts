import { describe, expect, it } from "vitest";
import { architectureOf } from "../model/architecture.ts";
import { initialWeights } from "../model/initialWeights.ts";
import { smallModels } from "../model/testing/smallModels.ts";
import { startFrom } from "./loadStart.ts";

describe("the start from a parent", () => {
  it.each(smallModels())(
    "keeps the tensors of a $name that have its names and shapes, and draws the others as if it had no parent",
    ({ recipe }) => {
      const own = [0, 1].map((member) => initialWeights(recipe, architectureOf(recipe), member));
      const isOther = (name: string) => name.startsWith("classifier");
      const parent = own.map((weights) =>
        weights.map((tensor) => ({
          ...tensor,
          shape: isOther(tensor.name) ? [...tensor.shape, 1] : tensor.shape,
          values: tensor.values.map(() => 7),
        })),
      );
      const start = startFrom(recipe, parent);
      expect(start).toEqual(
        own.map((weights, m) => weights.map((tensor, i) => (isOther(tensor.name) ? tensor : parent[m]![i]))),
      );
      expect(start[0]!.some(({ name }) => isOther(name))).toBe(true);
    },
  );
});
