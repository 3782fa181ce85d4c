import type { Recipe } from "../../model/recipe.ts";
import type { Retrainer } from "../../model/retrainer.ts";
import { backendOf, backendSuffix } from "../../model/retrainer.ts";
import type { LabelledRows } from "../../model/rows.ts";
import { selectRows } from "../../model/rows.ts";
import { exp, log } from "../../numerics/elementary.ts";
import type { DenseData, DenseRecipe, DenseTrainer } from "../exact/denseTraining.ts";
import { collectRuns } from "./runLog.ts";
import type { RunProgress } from "./runLog.ts";

/** Retrained models and their outputs: the truth of a linear datamodelling score, or the members of an ensemble. */
export interface DatamodelTruth {
  /** Training rows of each model, ascending. */
  readonly subsets: readonly Int32Array[];
  /** models x outputs: the negative cross-entropy of each test example. */
  readonly outputs: Float32Array;
}

export interface DatamodelTruthOptions {
  /** Folder of the result files. */
  readonly folder: string;
  /** Part of the file name: what data this is. */
  readonly name: string;
  readonly trainer: DenseTrainer;
  readonly examples: number;
  readonly test: DenseData;
  readonly models: number;
  /** Rows per subset. */
  readonly subsetSize: number;
  /** Model i is trained on the subset and in the order that `seed + i` stands for. */
  readonly seed: number;
  /** Trains the models instead of the trainer. */
  readonly instead?: OtherTraining;
  readonly onProgress?: (progress: RunProgress) => void;
}

/** The same network, rows and tests as another backend reads them. */
export interface OtherTraining {
  readonly retrainer: Retrainer;
  readonly recipe: Recipe;
  readonly training: LabelledRows;
  readonly queries: LabelledRows;
}

/** Trains one model per random subset (dattri's LDS protocol; Park et al. 2023, §2.2) and records the test outputs. */
export async function datamodelTruth(options: DatamodelTruthOptions): Promise<DatamodelTruth> {
  const { trainer, examples, test, models, subsetSize, seed, instead } = options;
  const suffix = instead === undefined ? "" : backendSuffix(instead.retrainer);
  const subsets = Array.from({ length: models }, (_, i) => trainer.sample(examples, subsetSize, seed + i));
  const outputs = await collectRuns({
    file: `${options.folder}/${options.name}-${recipeName(trainer.recipe)}-${subsetSize}-seed${seed}${suffix}.f32`,
    study: JSON.stringify({
      data: options.name,
      examples,
      recipe: trainer.recipe,
      subsetSize,
      seed,
      tests: test.labels.length,
      ...(instead && backendOf(instead.retrainer)),
    }),
    width: test.labels.length,
    count: models,
    run(i) {
      if (instead !== undefined) return retrainedLosses(instead, subsets[i]!, seed + i);
      trainer.train(trainer.plan(subsets[i]!, seed + i));
      return negativeLosses(trainer, test);
    },
    ...(options.onProgress && { onProgress: options.onProgress }),
  });
  return { subsets, outputs };
}

/** -cross-entropy of every example under the trainer's current parameters. */
export function negativeLosses(trainer: DenseTrainer, test: DenseData): Float32Array {
  const outputs = new Float32Array(test.labels.length);
  trainer.predict(test, (first, rows, _probabilities, losses) => {
    for (let r = 0; r < rows; r++) outputs[first + r] = -losses[r]!;
  });
  return outputs;
}

/** -cross-entropy of every query under a model that another backend trained on these rows. */
function retrainedLosses(
  { retrainer, recipe, training, queries }: OtherTraining,
  rows: Int32Array,
  member: number,
): Float32Array {
  const model = retrainer.train(recipe, selectRows(training, rows), member);
  try {
    const { logits, classes } = model.predict(queries.inputs);
    return Float32Array.from(queries.labels, (label, q) => {
      const row = logits.subarray(q * classes, (q + 1) * classes);
      const largest = row.reduce((most, value) => Math.max(most, value));
      return row[label]! - largest - log(row.reduce((sum, value) => sum + exp(value - largest), 0));
    });
  } finally {
    model.close();
  }
}

/** Short name for files: widths and activation; the sidecar holds the whole recipe. */
export function recipeName(recipe: DenseRecipe): string {
  return `${recipe.widths.join("x")}-${recipe.activation}-b${recipe.batchSize}-e${recipe.epochs}`;
}
