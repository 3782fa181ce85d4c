import type { Dataset } from "../../data/dataset.ts";
import { trainingRows } from "../../data/duplicates/trainingRows.ts";
import type { Example } from "../../data/example.ts";
import { hashNgramsBatch, NGRAM_BUCKETS } from "../../data/hashedNgrams.ts";
import { defaultOptions } from "../../data/scenario/defaultOptions.ts";
import { createScenario } from "../../data/scenario/scenario.ts";
import type { Recipe } from "../../model/recipe.ts";
import { parseRecipe } from "../../model/recipe.ts";
import type { Inputs, LabelledRows } from "../../model/rows.ts";
import { randomStream } from "../../numerics/random.ts";
import type { Contributions } from "./contributions.ts";
import { contributionsOf, labelled } from "./contributions.ts";

/** A data set divided among contributors, with a recipe and the rows that buyers ask about. */
export interface StudyData {
  readonly name: string;
  readonly classes: readonly string[];
  readonly contributions: Contributions;
  readonly test: LabelledRows;
  readonly recipe: Recipe;
  /** What the training rows and the test rows were made from, in their order. */
  readonly examples: { readonly training: readonly Example[]; readonly test: readonly Example[] };
}

const MNIST_MEAN = 0.1307;
const MNIST_DEVIATION = 0.3081;
const SIDE = 28;

/**
 * Divides the data among fifty contributors (the default scenario), registers and deduplicates it as the product does, and takes a recipe that suits its kind.
 *
 * @param outside rows of another field for the off-domain contributors. Default: the data set's own.
 */
export function studyOf(dataset: Dataset, seed: number, outside: readonly Example[] = dataset.offDomain): StudyData {
  const scenario = createScenario(dataset, defaultOptions(dataset, outside), randomStream(seed, 0));
  const toInputs = inputsOf(dataset);
  const { contributions, training } = contributionsOf(scenario, dataset.labels, toInputs);
  return {
    name: dataset.name,
    classes: dataset.labels,
    contributions,
    test: labelled(dataset.test, dataset.labels, toInputs),
    recipe: studyRecipe(dataset),
    examples: { training, test: dataset.test },
  };
}

/** The training rows without repetitions, as if one contributor had registered them, and the recipe that suits them. */
export function wholeOf(dataset: Dataset): { readonly rows: LabelledRows; readonly recipe: Recipe } {
  const kept = trainingRows(dataset.train, dataset.quality).map((row) => dataset.train[row]!);
  return { rows: labelled(kept, dataset.labels, inputsOf(dataset)), recipe: studyRecipe(dataset) };
}

/** How a data set's examples are read. */
export function inputsOf({ kind }: Pick<Dataset, "kind">): (examples: readonly Example[]) => Inputs {
  return kind === "text" ? textInputs : imageInputs;
}

function studyRecipe({ kind, labels }: Pick<Dataset, "kind" | "labels">): Recipe {
  return kind === "text" ? textRecipe(labels.length) : imageRecipe(labels.length);
}

/** Bag of hashed n-grams → 32-dimensional embedding bag → linear, Adam. */
function textRecipe(classes: number): Recipe {
  return parseRecipe({
    format: "openledger-recipe/1",
    input: { kind: "bags", buckets: NGRAM_BUCKETS },
    layers: [{ kind: "embeddingBag", dimension: 32 }],
    classes,
    optimizer: { kind: "adam", learningRate: 0.04 },
    epochs: 6,
    batch: 256,
    seed: 1,
  });
}

/** One SiLU layer, large batches, a short schedule: a metasmooth recipe. */
function imageRecipe(classes: number): Recipe {
  return parseRecipe({
    format: "openledger-recipe/1",
    input: { kind: "dense", width: SIDE * SIDE },
    layers: [{ kind: "dense", units: 32 }],
    classes,
    optimizer: { kind: "sgd", learningRate: 0.05, momentum: 0.9, schedule: "linear" },
    epochs: 8,
    batch: 128,
    seed: 1,
  });
}

export function textInputs(examples: readonly Example[]): Inputs {
  return {
    kind: "bags",
    ...hashNgramsBatch(examples.map((example) => (example.kind === "text" ? example.input : ""))),
  };
}

/** Pixels / 255, normalised by MNIST's mean and deviation. */
export function imageInputs(examples: readonly Example[]): Inputs {
  const width = SIDE * SIDE;
  const values = new Float32Array(examples.length * width);
  for (const [row, example] of examples.entries()) {
    if (example.kind !== "image" || example.input.pixels.length !== width) {
      throw new RangeError(`row ${row} is not an image of ${SIDE} x ${SIDE} grey pixels`);
    }
    for (const [i, pixel] of example.input.pixels.entries()) {
      values[row * width + i] = (pixel / 255 - MNIST_MEAN) / MNIST_DEVIATION;
    }
  }
  return { kind: "dense", values, width };
}
