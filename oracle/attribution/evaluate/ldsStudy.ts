import { randomStream } from "../../numerics/random.ts";
import type { KernelFactory } from "../../numerics/kernels.ts";
import { createDenseWorkspace } from "../exact/denseKernels.ts";
import type { DenseRecipe } from "../exact/denseTraining.ts";
import { createDenseTrainer } from "../exact/denseTraining.ts";
import { createMetagradients } from "../exact/magic.ts";
import { kernelSum, meanDoubt } from "../methods/kernelEnsemble.ts";
import type { AttributionMethod } from "../methods/tappedModel.ts";
import { tapModel } from "../methods/tappedModel.ts";
import type { Retrainer } from "../../model/retrainer.ts";
import { architectureOf } from "../../model/architecture.ts";
import { datamodelTruth, recipeName } from "./datamodelTruth.ts";
import { linearDatamodelingScores, meanScore } from "./lds.ts";
import { evenlySpread, metagradientScores } from "./ldsB.ts";
import type { LdsData } from "./ldsProtocol.ts";
import { LDS_EXAMPLES, LDS_SUBSETS, LDS_SUBSET_SIZE, LDS_TESTS, recipeOf, trainMembers } from "./ldsProtocol.ts";
import type { RunProgress } from "./runLog.ts";
import { collectRuns } from "./runLog.ts";
import type { Interval } from "./statistics.ts";

/** Seeds of the truth's models, of an ensemble's halves and of models of the full data: far apart, so that no model serves two purposes. */
const TRUTH_SEED = 1000;
const HALVES_SEED = 5000;
const FULL_SEED = 9000;
const METAGRADIENT_SEED = 7000;
/** Kernels whose sum is kept as one result of 10 MB. */
const KERNELS_AT_ONCE = 5;
/** Adjoints in memory at a time. */
const OUTPUTS_AT_ONCE = 50;

export interface LdsStudyOptions {
  readonly folder: string;
  readonly recipe: DenseRecipe;
  readonly data: LdsData;
  /** Retrained subsets; the protocol has 100. */
  readonly subsets?: number;
  /** Trains the models of the truth. Default: the trainer that exact derivatives are taken of. */
  readonly retrainer?: Retrainer;
  readonly onProgress?: (what: string, progress: RunProgress) => void;
}

/** A method's figure, and for some outputs what it foretold of each retrained subset. */
export interface MethodLds {
  readonly name: string;
  readonly lds: Interval;
  /** From the model to the scores; undefined where models are many. */
  readonly seconds: number | undefined;
  readonly scores: Float32Array;
}

/** What a report of an LDS study shows. */
export interface LdsReport {
  readonly network: string;
  readonly subsets: number;
  readonly methods: readonly Pick<MethodLds, "name" | "lds" | "seconds">[];
  readonly samples: readonly {
    readonly output: number;
    readonly points: readonly { readonly predicted: number; readonly measured: number }[];
  }[];
}

/** LDS-A of one network: its truth is trained once and kept. */
export interface LdsStudy {
  /** Training rows. */
  readonly rows: number;
  /** Mean over the outputs with its interval. */
  score(scores: Float32Array): Interval;
  /** A method on one model of the full data. */
  oneCheckpoint(method: AttributionMethod): Promise<MethodLds>;
  /** The first outputs of a method's scores beside what was measured. */
  samples(scores: Float32Array, outputs: number): LdsReport["samples"];
  /** Exact derivatives of a run of `recipe` on all rows, judged on `outputs` tests spread evenly. */
  metagradients(
    recipe: DenseRecipe,
    outputs: number,
    onProgress?: (what: string, progress: RunProgress) => void,
  ): Promise<Interval>;
  /** The kernel ensemble of so many models of random halves. */
  halves(models: number): Promise<Interval>;
}

/** @param now seconds, for timings */
export async function ldsStudy(
  createKernels: KernelFactory,
  options: LdsStudyOptions,
  now: () => number,
): Promise<LdsStudy> {
  const { folder, recipe: dense, data, retrainer, onProgress } = options;
  const recipe = recipeOf(dense);
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
    ...(retrainer && { instead: { retrainer, recipe, training: data.training, queries: data.queries } }),
    ...report("retrained subsets"),
  });
  const score = (scores: Float32Array): Interval => {
    const random = randomStream(TRUTH_SEED, 7);
    return meanScore(linearDatamodelingScores(scores, LDS_EXAMPLES, truth.subsets, truth.outputs), () =>
      random.uniform(),
    );
  };
  return {
    rows: LDS_EXAMPLES,
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
      return { name: method.name, lds: score(scores), seconds, scores };
    },
    samples: (scores, outputs) =>
      Array.from({ length: outputs }, (_, output) => ({
        output,
        points: truth.subsets.map((subset, s) => ({
          predicted: subset.reduce((sum, row) => sum + scores[output * LDS_EXAMPLES + row]!, 0),
          measured: truth.outputs[s * LDS_TESTS + output]!,
        })),
      })),
    async metagradients(exact, outputs, report) {
      const workspace = await createDenseWorkspace("f32", 1024);
      const exactTrainer = createDenseTrainer(workspace, exact, data.train, true);
      const tests = evenlySpread(outputs, LDS_TESTS);
      const run = exactTrainer.plan(
        Int32Array.from({ length: LDS_EXAMPLES }, (_, i) => i),
        METAGRADIENT_SEED,
      );
      const block = Math.min(OUTPUTS_AT_ONCE, outputs);
      const magic = createMetagradients(workspace, exactTrainer, block);
      const scores = await collectRuns({
        file: `${folder}/mnist-${recipeName(exact)}-derivatives-${outputs}.f32`,
        study: JSON.stringify({ study: "derivatives/1", recipe: exact, seed: METAGRADIENT_SEED, outputs }),
        width: block * LDS_EXAMPLES,
        count: Math.ceil(outputs / block),
        run(i) {
          // The last block is filled up with tests of the first; they are cut off below.
          const chosen = Array.from({ length: block }, (_, j) => tests[(i * block + j) % outputs]!);
          return metagradientScores(magic, exactTrainer, run, data.test, chosen);
        },
        ...(report && { onProgress: (progress) => report("blocks of outputs differentiated", progress) }),
      });
      const truths = truth.subsets.flatMap((_, s) => tests.map((q) => truth.outputs[s * LDS_TESTS + q]!));
      const correlations = linearDatamodelingScores(
        scores.subarray(0, outputs * LDS_EXAMPLES),
        LDS_EXAMPLES,
        truth.subsets,
        Float32Array.from(truths),
      );
      const random = randomStream(METAGRADIENT_SEED, 7);
      return meanScore(correlations, () => random.uniform());
    },
    async halves(models) {
      const members = await trainMembers({
        ...common,
        subsetSize: LDS_SUBSET_SIZE,
        count: models,
        seed: HALVES_SEED,
        ...report("half models"),
      });
      const doubt = meanDoubt(createKernels, recipe, members, data.training);
      const width = LDS_EXAMPLES * LDS_TESTS;
      const sums = await collectRuns({
        file: `${folder}/mnist-${recipeName(dense)}-kernels-of-${models}.f32`,
        study: JSON.stringify({ study: "kernels/1", recipe: dense, seed: HALVES_SEED, models }),
        width,
        count: Math.ceil(models / KERNELS_AT_ONCE),
        run: (i) =>
          kernelSum(
            createKernels,
            recipe,
            members.slice(i * KERNELS_AT_ONCE, (i + 1) * KERNELS_AT_ONCE),
            data.training,
            data.queries,
            doubt,
          ),
        ...report(`kernels in groups of ${KERNELS_AT_ONCE}`),
      });
      const sum = sums.slice(0, width);
      for (let at = width; at < sums.length; at++) sum[at % width]! += sums[at]!;
      return score(sum);
    },
  };
}
