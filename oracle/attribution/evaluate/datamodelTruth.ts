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
  readonly onProgress?: (progress: RunProgress) => void;
}

/** Trains one model per random subset (dattri's LDS protocol; Park et al. 2023, §2.2) and records the test outputs. */
export async function datamodelTruth(options: DatamodelTruthOptions): Promise<DatamodelTruth> {
  const { trainer, examples, test, models, subsetSize, seed } = options;
  const subsets = Array.from({ length: models }, (_, i) => trainer.sample(examples, subsetSize, seed + i));
  const outputs = await collectRuns({
    file: `${options.folder}/${options.name}-${recipeName(trainer.recipe)}-${subsetSize}-seed${seed}.f32`,
    study: JSON.stringify({
      data: options.name,
      examples,
      recipe: trainer.recipe,
      subsetSize,
      seed,
      tests: test.labels.length,
    }),
    width: test.labels.length,
    count: models,
    run(i) {
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

/** Short name for files: widths and activation; the sidecar holds the whole recipe. */
export function recipeName(recipe: DenseRecipe): string {
  return `${recipe.widths.join("x")}-${recipe.activation}-b${recipe.batchSize}-e${recipe.epochs}`;
}
