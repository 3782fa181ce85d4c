import { randomStream } from "../../numerics/random.ts";
import type { KernelFactory } from "../../numerics/kernels.ts";
import { createDenseWorkspace } from "../exact/denseKernels.ts";
import type { DenseRecipe, DenseTrainer } from "../exact/denseTraining.ts";
import { createDenseTrainer } from "../exact/denseTraining.ts";
import { kernelEnsemble } from "../methods/kernelEnsemble.ts";
import type { AttributionMethod } from "../methods/tappedModel.ts";
import { tapModel } from "../methods/tappedModel.ts";
import { architectureOf } from "../../model/architecture.ts";
import type { DatamodelTruth } from "./datamodelTruth.ts";
import { datamodelTruth } from "./datamodelTruth.ts";
import { linearDatamodelingScores, meanScore } from "./lds.ts";
import { metagradientScores } from "./ldsB.ts";
import type { LdsData } from "./ldsProtocol.ts";
import { LDS_EXAMPLES, LDS_SUBSETS, LDS_SUBSET_SIZE, LDS_TESTS, recipeOf, trainMembers } from "./ldsProtocol.ts";
import type { RunProgress } from "./runLog.ts";
import type { Interval } from "./statistics.ts";

/** Seeds of the truth's models, of an ensemble's halves and of models of the full data: far apart, so that no model serves two purposes. */
const TRUTH_SEED = 1000;
const HALVES_SEED = 5000;
const FULL_SEED = 9000;
const METAGRADIENT_SEED = 7000;

export interface LdsStudyOptions {
  readonly folder: string;
  readonly recipe: DenseRecipe;
  readonly data: LdsData;
  /** Retrained subsets; the protocol has 100. */
  readonly subsets?: number;
  readonly onProgress?: (what: string, progress: RunProgress) => void;
}

/** LDS-A of one network: its truth is trained once and kept. */
export interface LdsStudy {
  readonly trainer: DenseTrainer;
  readonly truth: DatamodelTruth;
  /** Mean over the outputs with its interval. */
  score(scores: Float32Array): Interval;
  /** A method on one model of the full data, and the seconds from the model to its scores. */
  oneCheckpoint(method: AttributionMethod): Promise<{ lds: Interval; seconds: number }>;
  /** Exact derivatives of a run of `recipe` on all rows, judged on `outputs` tests spread evenly. */
  metagradients(recipe: DenseRecipe, outputs: number): Promise<Interval>;
  /** The kernel ensemble of so many models of random halves; `onModel` gets the score so far. */
  halves(models: number, onModel?: (done: number, lds: Interval) => void): Promise<Interval>;
}

/** @param now seconds, for timings */
export async function ldsStudy(
  createKernels: KernelFactory,
  options: LdsStudyOptions,
  now: () => number,
): Promise<LdsStudy> {
  const { folder, recipe: dense, data, onProgress } = options;
  const trainer = createDenseTrainer(await createDenseWorkspace("f32", 256), dense, data.train);
  const common = { folder, name: "mnist", trainer, examples: LDS_EXAMPLES };
  const report = (what: string) =>
    onProgress ? { onProgress: (progress: RunProgress) => onProgress(what, progress) } : {};
  const truth = await datamodelTruth({
    ...common,
    test: data.test,
    models: options.subsets ?? LDS_SUBSETS,
    subsetSize: LDS_SUBSET_SIZE,
    seed: TRUTH_SEED,
    ...report("retrained subsets"),
  });
  const recipe = recipeOf(dense);
  const score = (scores: Float32Array): Interval => {
    const random = randomStream(TRUTH_SEED, 7);
    return meanScore(linearDatamodelingScores(scores, LDS_EXAMPLES, truth.subsets, truth.outputs), () =>
      random.uniform(),
    );
  };
  return {
    trainer,
    truth,
    score,
    async oneCheckpoint(method) {
      const [weights] = await trainMembers({
        ...common,
        subsetSize: LDS_EXAMPLES,
        count: 1,
        seed: FULL_SEED,
        ...report("full model"),
      });
      const started = now();
      const elements = method.elements(architectureOf(recipe), LDS_EXAMPLES, data.queries.labels.length);
      const scores = method.scores(tapModel(createKernels, recipe, weights!, data.training, data.queries, elements));
      const seconds = now() - started;
      return { lds: score(scores), seconds };
    },
    async metagradients(exact, outputs) {
      const workspace = await createDenseWorkspace("f32", 1024);
      const exactTrainer = createDenseTrainer(workspace, exact, data.train, true);
      const tests = Array.from({ length: outputs }, (_, i) => Math.floor((i * LDS_TESTS) / outputs));
      const run = exactTrainer.plan(
        Int32Array.from({ length: LDS_EXAMPLES }, (_, i) => i),
        METAGRADIENT_SEED,
      );
      const scores = metagradientScores(workspace, exactTrainer, run, data.test, tests);
      const chosen = truth.subsets.flatMap((_, s) => tests.map((q) => truth.outputs[s * LDS_TESTS + q]!));
      const correlations = linearDatamodelingScores(scores, LDS_EXAMPLES, truth.subsets, Float32Array.from(chosen));
      const random = randomStream(METAGRADIENT_SEED, 7);
      return meanScore(correlations, () => random.uniform());
    },
    async halves(models, onModel) {
      const members = await trainMembers({
        ...common,
        subsetSize: LDS_SUBSET_SIZE,
        count: models,
        seed: HALVES_SEED,
        ...report("half models"),
      });
      const each = onModel && ((done: number, sum: Float32Array): void => onModel(done, score(sum)));
      return score(kernelEnsemble(createKernels, recipe, members, data.training, data.queries, each));
    },
  };
}
