import type { DenseData, DenseRecipe, DenseRun, DenseTrainer } from "../exact/denseTraining.ts";
import type { DenseWorkspace } from "../exact/denseKernels.ts";
import { createMetagradients } from "../exact/magic.ts";
import { targetGradient } from "../exact/target.ts";
import { negativeLosses, recipeName } from "./datamodelTruth.ts";
import { linearDatamodelingScores } from "./lds.ts";
import type { RunProgress } from "./runLog.ts";
import { collectRuns } from "./runLog.ts";

/** A metasmooth variant of the protocol's network: SiLU, no dropout, large batches, a short schedule. */
export const SMOOTH_MLP: DenseRecipe = {
  widths: [784, 128, 64, 10],
  activation: "silu",
  dropout: 0,
  optimizer: { kind: "sgd", rate: 0.01, momentum: 0.9, decay: 0 },
  batchSize: 256,
  epochs: 20,
  schedule: "constant",
};

export interface LdsBOptions {
  readonly folder: string;
  readonly name: string;
  readonly workspace: DenseWorkspace;
  /** Made with room for second derivatives where scores are asked for. */
  readonly trainer: DenseTrainer;
  readonly examples: number;
  readonly test: DenseData;
  /** Share of the rows that a retraining leaves out. */
  readonly removed: number;
  readonly subsets: number;
  readonly seed: number;
  readonly onProgress?: (progress: RunProgress) => void;
}

/**
 * "LDS-B": retraining in the same order from the same initial weights with a random share of the rows at weight 0, so that nothing but the data
 * changes (the protocol of MAGIC, Ilyas and Engstrom 2025).
 *
 * @returns rows left out of each retraining, and retrainings x tests outputs (minus the cross-entropy)
 */
export async function removalTruth(options: LdsBOptions): Promise<{ removed: Int32Array[]; outputs: Float32Array }> {
  const { trainer, examples, test, seed } = options;
  const count = Math.round(options.removed * examples);
  const removed = Array.from({ length: options.subsets }, (_, i) => trainer.sample(examples, count, seed + i));
  const run = trainer.plan(
    Int32Array.from({ length: examples }, (_, i) => i),
    seed,
  );
  const outputs = await collectRuns({
    file: `${options.folder}/${options.name}-${recipeName(trainer.recipe)}-without-${count}-seed${seed}.f32`,
    study: JSON.stringify({
      removal: options.name,
      examples,
      recipe: trainer.recipe,
      count,
      seed,
      tests: test.labels.length,
    }),
    width: test.labels.length,
    count: options.subsets,
    run(i) {
      for (const row of removed[i]!) trainer.rowWeights.view[row] = 0;
      trainer.train(run);
      trainer.rowWeights.view.fill(1);
      return negativeLosses(trainer, test);
    },
    ...(options.onProgress && { onProgress: options.onProgress }),
  });
  return { removed, outputs };
}

/** MAGIC's scores of all training rows in the run that the retrainings repeat, for the first `outputs` tests: outputs x examples. */
export function magicScores(options: LdsBOptions, outputs: number): Float32Array {
  const { trainer, examples, test, seed } = options;
  const run = trainer.plan(
    Int32Array.from({ length: examples }, (_, i) => i),
    seed,
  );
  const tests = Array.from({ length: outputs }, (_, q) => q);
  return metagradientScores(options.workspace, trainer, run, test, tests);
}

/** Exact derivatives of minus the cross-entropy of some tests in the weight of every training row: tests x examples. */
export function metagradientScores(
  workspace: DenseWorkspace,
  trainer: DenseTrainer,
  run: DenseRun,
  test: DenseData,
  tests: readonly number[],
): Float32Array {
  const examples = trainer.rowWeights.view.length;
  const scores = new Float32Array(tests.length * examples);
  const block = Math.min(QUERIES_AT_ONCE, tests.length);
  const magic = createMetagradients(workspace, trainer, block);
  for (let first = 0; first < tests.length; first += block) {
    const queries = tests.slice(first, first + block);
    scores.set(
      magic.run(run, () => queries.map((q) => targetGradient(trainer, test, [q], [1], "logProbability"))),
      first * examples,
    );
  }
  return scores;
}

/** Adjoints in memory at a time. */
const QUERIES_AT_ONCE = 50;

/** Correlation per output between what the scores say that the removed rows were worth and what their removal cost. */
export function removalScores(
  scores: Float32Array,
  examples: number,
  truth: { removed: Int32Array[]; outputs: Float32Array },
): Float64Array {
  const outputs = scores.length / examples;
  const tests = truth.outputs.length / truth.removed.length;
  const firstOutputs = new Float32Array(truth.removed.length * outputs);
  for (let s = 0; s < truth.removed.length; s++) {
    for (let q = 0; q < outputs; q++) firstOutputs[s * outputs + q] = -truth.outputs[s * tests + q]!;
  }
  return linearDatamodelingScores(scores, examples, truth.removed, firstOutputs);
}
