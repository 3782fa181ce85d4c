import type { Dataset } from "../../data/dataset.ts";
import { architectureOf } from "../../model/architecture.ts";
import type { Recipe } from "../../model/recipe.ts";
import { parseRecipe } from "../../model/recipe.ts";
import type { LabelledRows } from "../../model/rows.ts";
import type { Weights } from "../../model/weights.ts";
import type { DenseData, DenseRecipe, DenseTrainer } from "../exact/denseTraining.ts";
import { labelled } from "./contributions.ts";
import type { RunProgress } from "./runLog.ts";
import { collectRuns } from "./runLog.ts";
import { imageInputs } from "./studyData.ts";
import { recipeName } from "./datamodelTruth.ts";

/**
 * The LDS protocol of dattri (Deng et al. 2024) on MNIST, "LDS-A": the first 5,000 training and 500 test images, normalised and flattened; the
 * truth is 100 models, each trained once on a random half; the output is minus the cross-entropy.
 */
export const LDS_EXAMPLES = 5000;
export const LDS_TESTS = 500;
export const LDS_SUBSETS = 100;
export const LDS_SUBSET_SIZE = 2500;

const PIXELS = 784;
const DIGITS = 10;

/** 784-128-64-10, ReLU, dropout .1, SGD with momentum. */
export const LDS_MLP: DenseRecipe = {
  widths: [PIXELS, 128, 64, DIGITS],
  activation: "relu",
  dropout: 0.1,
  optimizer: { kind: "sgd", rate: 0.01, momentum: 0.9, decay: 0 },
  batchSize: 64,
  epochs: 50,
  schedule: "constant",
};

/** Softmax regression, plain SGD. */
export const LDS_REGRESSION: DenseRecipe = {
  widths: [PIXELS, DIGITS],
  activation: "relu",
  dropout: 0,
  optimizer: { kind: "sgd", rate: 0.01, momentum: 0, decay: 0 },
  batchSize: 32,
  epochs: 20,
  schedule: "constant",
};

/**
 * The regression trained on all rows for as long as a half is (15.6 against 1,580 steps of .01), in batches so large that the order hardly matters: its
 * exact derivatives are those of the mean model of a random subset, which is what the protocol's truth varies around.
 */
export const MEAN_FIELD_REGRESSION: DenseRecipe = {
  ...LDS_REGRESSION,
  optimizer: { kind: "sgd", rate: 0.04, momentum: 0, decay: 0 },
  batchSize: 500,
  epochs: 39,
};

/** The rows of the protocol, once as networks read them and once as methods do. */
export interface LdsData {
  readonly train: DenseData;
  readonly test: DenseData;
  readonly training: LabelledRows;
  readonly queries: LabelledRows;
}

/** @param dataset MNIST as `loadFolder` gives it */
export function ldsData(dataset: Dataset): LdsData {
  const training = labelled(dataset.train.slice(0, LDS_EXAMPLES), dataset.labels, imageInputs);
  const queries = labelled(dataset.test.slice(0, LDS_TESTS), dataset.labels, imageInputs);
  return { training, queries, train: denseData(training), test: denseData(queries) };
}

function denseData({ inputs, labels }: LabelledRows): DenseData {
  if (inputs.kind !== "dense") throw new RangeError("the protocol reads images");
  return { features: inputs.values, labels };
}

/** The recipe of the same network, for the methods that read recipes. */
export function recipeOf(dense: DenseRecipe): Recipe {
  const { widths, activation, dropout, optimizer } = dense;
  return parseRecipe({
    format: "openledger-recipe/1",
    input: { kind: "dense", width: widths[0] },
    layers: widths.slice(1, -1).map((units) => ({ kind: "dense", units, activation, dropout })),
    classes: widths.at(-1),
    optimizer:
      optimizer.kind === "sgd"
        ? {
            kind: "sgd",
            learningRate: optimizer.rate,
            momentum: optimizer.momentum,
            weightDecay: optimizer.decay,
            schedule: dense.schedule,
          }
        : {
            kind: "adam",
            learningRate: optimizer.rate,
            beta1: optimizer.beta1,
            beta2: optimizer.beta2,
            epsilon: optimizer.epsilon,
          },
    epochs: dense.epochs,
    batch: dense.batchSize,
    seed: 0,
  });
}

/** A flat parameter vector as named tensors: both lay a layer out as inputs x outputs, then its bias. */
export function weightsOf(recipe: Recipe, parameters: ArrayLike<number>): Weights {
  let next = 0;
  return architectureOf(recipe).parameters.map(({ name, shape, elements }) => {
    const values = Float32Array.from({ length: elements }, (_, i) => parameters[next + i]!);
    next += elements;
    return { name, shape, values };
  });
}

export interface MembersOptions {
  readonly folder: string;
  readonly name: string;
  readonly trainer: DenseTrainer;
  readonly examples: number;
  /** Rows that each model sees; all of them for models of the full data. */
  readonly subsetSize: number;
  readonly count: number;
  /** Model i is trained on the subset and in the order that `seed + i` stands for: apart from those of the truth. */
  readonly seed: number;
  readonly onProgress?: (progress: RunProgress) => void;
}

/** Trains the models of an ensemble, kept in a file like the truth's outputs. */
export async function trainMembers(options: MembersOptions): Promise<Weights[]> {
  const { trainer, examples, subsetSize, seed, count } = options;
  const recipe = recipeOf(trainer.recipe);
  const width = trainer.net.parameters.view.length;
  const all = await collectRuns({
    file: `${options.folder}/${options.name}-${recipeName(trainer.recipe)}-members-${subsetSize}-seed${seed}.f32`,
    study: JSON.stringify({ members: options.name, examples, recipe: trainer.recipe, subsetSize, seed }),
    width,
    count,
    run(i) {
      trainer.train(trainer.plan(trainer.sample(examples, subsetSize, seed + i), seed + i));
      return Float32Array.from(trainer.net.parameters.view);
    },
    ...(options.onProgress && { onProgress: options.onProgress }),
  });
  return Array.from({ length: count }, (_, i) => weightsOf(recipe, all.subarray(i * width, (i + 1) * width)));
}
