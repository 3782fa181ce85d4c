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

/** A bag of embeddings for texts, a small convolutional network for images. */
export function defaultRecipe(
  input: Recipe["input"],
  classes: number,
  { seed, members, epochs }: RecipeChoice,
): Recipe {
  const image = input.kind === "image";
  return parseRecipe({
    format: "openledger-recipe/1",
    input,
    layers: image
      ? [...convolutions(Math.min(input.height, input.width)), { kind: "dense", units: 32 }]
      : [{ kind: "embeddingBag", dimension: 64 }],
    classes,
    optimizer: { kind: "adam", learningRate: image ? 0.003 : 0.02, schedule: "linear" },
    epochs,
    batch: image ? 64 : 128,
    seed,
    members,
  });
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
