import { randomStream } from "../../numerics/random.ts";
import { createDenseWorkspace } from "../exact/denseKernels.ts";
import type { DenseData, DenseRecipe, DenseRun, DenseTrainer } from "../exact/denseTraining.ts";
import { createDenseTrainer } from "../exact/denseTraining.ts";
import type { Metagradients } from "../exact/magic.ts";
import { createMetagradients } from "../exact/magic.ts";
import { targetGradient } from "../exact/target.ts";
import { negativeLosses, recipeName } from "./datamodelTruth.ts";
import { linearDatamodelingScores, meanScore } from "./lds.ts";
import type { LdsData } from "./ldsProtocol.ts";
import { LDS_EXAMPLES, LDS_TESTS } from "./ldsProtocol.ts";
import type { RunProgress } from "./runLog.ts";
import { collectRuns } from "./runLog.ts";
import type { Interval } from "./statistics.ts";

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

export interface RemovalOptions {
  readonly folder: string;
  readonly data: LdsData;
  /** Share of the rows that a retraining leaves out. */
  readonly removed: number;
  readonly subsets: number;
  /** Tests that are judged, spread evenly. */
  readonly outputs: number;
  readonly onProgress?: (what: string, progress: RunProgress) => void;
}

/** Seed of the run and, with the number of a retraining added, of the rows that it leaves out. */
const REMOVAL_SEED = 3000;

/**
 * "LDS-B": MAGIC's scores against retraining in the same order from the same initial weights with a random share of the rows at weight 0, so that
 * nothing but the data changes (the protocol of MAGIC, Ilyas and Engstrom 2025).
 *
 * @returns mean correlation over the outputs, with its interval
 */
export async function removalStudy(options: RemovalOptions): Promise<Interval> {
  const { folder, data, onProgress } = options;
  const workspace = await createDenseWorkspace("f32", 512);
  const trainer = createDenseTrainer(workspace, SMOOTH_MLP, data.train, true);
  const run = trainer.plan(
    Int32Array.from({ length: LDS_EXAMPLES }, (_, i) => i),
    REMOVAL_SEED,
  );
  const count = Math.round(options.removed * LDS_EXAMPLES);
  const removed = Array.from({ length: options.subsets }, (_, i) =>
    trainer.sample(LDS_EXAMPLES, count, REMOVAL_SEED + i),
  );
  const truth = await collectRuns({
    file: `${folder}/mnist-${recipeName(trainer.recipe)}-without-${count}-seed${REMOVAL_SEED}.f32`,
    study: JSON.stringify({
      ...{ removal: "mnist", examples: LDS_EXAMPLES, recipe: trainer.recipe, count },
      ...{ seed: REMOVAL_SEED, tests: LDS_TESTS },
    }),
    width: LDS_TESTS,
    count: options.subsets,
    run(i) {
      for (const row of removed[i]!) trainer.rowWeights.view[row] = 0;
      trainer.train(run);
      trainer.rowWeights.view.fill(1);
      return negativeLosses(trainer, data.test);
    },
    ...(onProgress && { onProgress: (progress) => onProgress("retrainings", progress) }),
  });
  const tests = evenlySpread(options.outputs, LDS_TESTS);
  const magic = createMetagradients(workspace, trainer, tests.length);
  const scores = metagradientScores(magic, trainer, run, data.test, tests);
  // A removed row takes away what its score says it gives.
  const losses = removed.flatMap((_, s) => tests.map((q) => -truth[s * LDS_TESTS + q]!));
  const correlations = linearDatamodelingScores(scores, LDS_EXAMPLES, removed, Float32Array.from(losses));
  const random = randomStream(REMOVAL_SEED, 7);
  return meanScore(correlations, () => random.uniform());
}

/** Exact derivatives of minus the cross-entropy of some tests in the weight of every training row: tests x examples. */
export function metagradientScores(
  magic: Metagradients,
  trainer: DenseTrainer,
  run: DenseRun,
  test: DenseData,
  tests: readonly number[],
): Float32Array {
  return Float32Array.from(
    magic.run(run, () => tests.map((q) => targetGradient(trainer, test, [q], [1], "logProbability"))),
  );
}

/** `count` of the numbers 0 … total - 1, evenly spread. */
export function evenlySpread(count: number, total: number): number[] {
  return Array.from({ length: count }, (_, i) => Math.floor((i * total) / count));
}
