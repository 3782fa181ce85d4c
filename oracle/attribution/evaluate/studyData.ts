import { hashNgramsBatch, NGRAM_BUCKETS } from "../../data/hashedNgrams.ts";
import type { Dataset } from "../../data/dataset.ts";
import type { Example } from "../../data/example.ts";
import type { Recipe } from "../../model/recipe.ts";
import { parseRecipe } from "../../model/recipe.ts";
import type { Inputs, LabelledRows } from "../../model/rows.ts";
import type { RandomStream } from "../../numerics/random.ts";
import type { ContributionsSource } from "./contributors.ts";

/** What a payout study needs of a labelled data set. */
export interface StudyData {
  readonly name: string;
  readonly classes: readonly string[];
  readonly source: ContributionsSource;
  readonly test: LabelledRows;
  readonly recipe: Recipe;
}

const MNIST_MEAN = 0.1307;
const MNIST_DEVIATION = 0.3081;
const SIDE = 28;

/** Bag of hashed n-grams → 64-dimensional embedding bag → linear, Adam; the settings of the text classifiers that are settled. */
function textRecipe(classes: number): Recipe {
  return parseRecipe({
    format: "openledger-recipe/1",
    input: { kind: "bags", buckets: NGRAM_BUCKETS },
    layers: [{ kind: "embeddingBag", dimension: 64 }],
    classes,
    optimizer: { kind: "adam", learningRate: 0.02 },
    epochs: 8,
    batch: 128,
    seed: 1,
  });
}

/** Two SiLU layers, large batches, a short schedule: a metasmooth recipe. */
function imageRecipe(classes: number): Recipe {
  return parseRecipe({
    format: "openledger-recipe/1",
    input: { kind: "dense", width: SIDE * SIDE },
    layers: [
      { kind: "dense", units: 128 },
      { kind: "dense", units: 64 },
    ],
    classes,
    optimizer: { kind: "sgd", learningRate: 0.05, momentum: 0.9, schedule: "linear" },
    epochs: 15,
    batch: 128,
    seed: 1,
  });
}

/**
 * A text data set: strangers are its off-domain rows or the rows of `outside`, noise is random tokens.
 */
export function textStudy(dataset: Dataset, outside: readonly Example[] = dataset.offDomain): StudyData {
  return {
    name: dataset.name,
    classes: dataset.labels,
    recipe: textRecipe(dataset.labels.length),
    test: labelled(dataset.test, dataset.labels, textInputs),
    source: {
      training: labelled(dataset.train, dataset.labels, textInputs),
      classes: dataset.labels.length,
      outside: textInputs(outside),
      noise: randomBags,
    },
  };
}

/** An image data set of 28 x 28 pixels: strangers are transposed images turned negative, noise is random pixels. */
export function imageStudy(dataset: Dataset, train: number, test: number): StudyData {
  const training = labelled(dataset.train.slice(0, train), dataset.labels, imageInputs);
  return {
    name: dataset.name,
    classes: dataset.labels,
    recipe: imageRecipe(dataset.labels.length),
    test: labelled(dataset.test.slice(0, test), dataset.labels, imageInputs),
    source: {
      training,
      classes: dataset.labels.length,
      outside: negatives(imageInputs(dataset.train.slice(train, train + 500))),
      noise: randomImages,
    },
  };
}

function labelled(
  examples: readonly Example[],
  labels: readonly string[],
  inputs: (examples: readonly Example[]) => Inputs,
): LabelledRows {
  const classOf = new Map(labels.map((label, index) => [label, index]));
  return { inputs: inputs(examples), labels: Int32Array.from(examples, ({ label }) => classOf.get(label)!) };
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
    if (example.kind !== "image" || example.input.pixels.length !== width)
      throw new RangeError(`image ${row} is not ${SIDE} x ${SIDE} pixels`);
    for (const [i, pixel] of example.input.pixels.entries())
      values[row * width + i] = (pixel / 255 - MNIST_MEAN) / MNIST_DEVIATION;
  }
  return { kind: "dense", values, width };
}

function negatives(inputs: Inputs): Inputs {
  if (inputs.kind !== "dense") return inputs;
  const values = new Float32Array(inputs.values.length);
  const lowest = -MNIST_MEAN / MNIST_DEVIATION;
  const highest = (1 - MNIST_MEAN) / MNIST_DEVIATION;
  for (let i = 0; i < values.length; i++) {
    const [row, pixel] = [Math.floor(i / inputs.width), i % inputs.width];
    const transposed = row * inputs.width + (pixel % SIDE) * SIDE + Math.floor(pixel / SIDE);
    values[i] = lowest + highest - inputs.values[transposed]!;
  }
  return { ...inputs, values };
}

function randomBags(rows: number, random: RandomStream): Inputs {
  const tokens = 90;
  const ids = Int32Array.from({ length: rows * tokens }, () => random.below(NGRAM_BUCKETS));
  for (let row = 0; row < rows; row++) ids.subarray(row * tokens, (row + 1) * tokens).sort();
  return { kind: "bags", ids, offsets: Int32Array.from({ length: rows + 1 }, (_, row) => row * tokens) };
}

function randomImages(rows: number, random: RandomStream): Inputs {
  const width = SIDE * SIDE;
  const values = Float32Array.from({ length: rows * width }, () => (random.uniform() - MNIST_MEAN) / MNIST_DEVIATION);
  return { kind: "dense", values, width };
}
