import type { Example } from "../data/example.ts";
import { parseRecipe, type Recipe } from "../model/recipe.ts";

/** What decides a training besides the data; the rest of the recipe follows from the data's kind. */
export interface RecipeChoice {
  readonly seed: number;
  /** Models of the ensemble. */
  readonly members: number;
  readonly epochs: number;
}

/** Side and stride of the convolutions. */
const KERNEL = 5;
const STRIDE = 2;
/** Filters of the convolutions, from the image on; as many of them are used as the image has room for. */
const FILTERS = [8, 16] as const;

/** Units between the vector of a base and the labels. */
const UNITS_ON_BASE = 256;

/** Units between the features of a table's row and the labels. */
const UNITS_ON_ROWS = 64;

/** A bag of embeddings for texts, a layer on the vectors of a base or on rows, a small convolutional network for images. */
export function defaultRecipe(
  input: Recipe["input"],
  classes: number,
  { seed, members, epochs }: RecipeChoice,
  kind: Example["kind"] = "text",
): Recipe {
  const { layers, learningRate, batch } = networkOn(input, kind);
  return parseRecipe({
    format: "openledger-recipe/1",
    ...{ input, layers, classes },
    optimizer: { kind: "adam", learningRate, schedule: "linear" },
    ...{ epochs, batch, seed, members },
  });
}

function networkOn(input: Recipe["input"], kind: Example["kind"]) {
  if (input.kind === "image") {
    const layers = [...convolutions(Math.min(input.height, input.width)), { kind: "dense", units: 32 }];
    return { layers, learningRate: 0.003, batch: 64 };
  }
  if (kind === "row") {
    return { layers: [{ kind: "dense", units: UNITS_ON_ROWS }], learningRate: 0.01, batch: 32 };
  }
  if (input.kind === "dense") {
    return { layers: [{ kind: "dense", units: UNITS_ON_BASE }], learningRate: 0.003, batch: 128 };
  }
  return { layers: [{ kind: "embeddingBag", dimension: 64 }], learningRate: 0.02, batch: 128 };
}

/** @param side pixels of the image's shorter side */
function convolutions(side: number) {
  const layers = [];
  for (const filters of FILTERS) {
    if (side < KERNEL) break;
    layers.push({ kind: "convolution", filters, kernel: KERNEL, stride: STRIDE });
    side = Math.floor((side - KERNEL) / STRIDE) + 1;
  }
  return layers;
}
