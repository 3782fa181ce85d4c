import type { Dataset } from "../../data/dataset.ts";
import type { Example } from "../../data/example.ts";
import { argmaxRows, predictEnsemble } from "../../model/predict.ts";
import { recipeHash } from "../../model/recipe.ts";
import { trainMember } from "../../model/train.ts";
import type { KernelFactory } from "../../numerics/kernels.ts";
import type { Scheme } from "../scheme.ts";
import { schemeId } from "../scheme.ts";
import { coalitionTruth } from "./coalitionTruth.ts";
import type { MixFidelity } from "./payoutFidelity.ts";
import { oneClassFidelity, payoutFidelity, queryMixes } from "./payoutFidelity.ts";
import type { QualityVerdict } from "./qualitySign.ts";
import { qualityVerdict } from "./qualitySign.ts";
import type { RunProgress } from "./runLog.ts";
import { studyOf } from "./studyData.ts";
import { meanInfluence, memberInfluence } from "./versionInfluence.ts";

export interface FidelityStudyOptions {
  /** Folder of the result files: retrained coalitions are kept there and not trained again. */
  readonly folder: string;
  readonly scheme: Scheme;
  /** Models of the version whose influences are averaged, at most {@link VERSION_MODELS}. */
  readonly members: number;
  /** Retrainings, even; at least 2.5 times the contributors. */
  readonly coalitions: number;
  readonly seed: number;
  /** Rows for the off-domain contributors. Default: the data set's own. */
  readonly outside?: readonly Example[];
  readonly onProgress?: (progress: RunProgress) => void;
}

/** What was found about a data set's scores. */
export interface FidelityStudy {
  readonly dataset: string;
  readonly recipe: string;
  readonly scheme: string;
  readonly members: number;
  readonly coalitions: number;
  readonly accuracy: number;
  readonly fidelity: readonly MixFidelity[];
  readonly uniform: number;
  /** Mean over the one-class mixes. */
  readonly oneClass: number;
  readonly quality: QualityVerdict;
  readonly contributors: readonly { readonly name: string; readonly behaviour: string; readonly rows: number }[];
  /** Share of a pool that is paid by uniform queries, per contributor: its positive score over the sum of the positive ones. */
  readonly shares: readonly number[];
}

/** Models that answer queries together. */
export const VERSION_MODELS = 4;
/** Seed of the coalitions; the study's own seed divides the data. */
const COALITION_SEED = 11;

/** Tolerance of harm, 1/10,000 of the mean gain per example: the default of the protocol's parameter. */
const HARM_TAU_BPS = 2_000n;

/** Divides a data set among contributors, trains a version, scores it and retrains coalitions until the scores can be judged. */
export async function fidelityStudy(
  createKernels: KernelFactory,
  dataset: Dataset,
  options: FidelityStudyOptions,
): Promise<FidelityStudy> {
  const study = studyOf(dataset, options.seed, options.outside);
  const { contributions, recipe, test, classes } = study;
  const { contributors } = contributions;
  const models = Array.from({ length: VERSION_MODELS }, (_, member) =>
    trainMember(createKernels, recipe, contributions.training, member),
  );
  const delivered = argmaxRows(predictEnsemble(createKernels, recipe, models, test.inputs), classes.length);
  const outputs = { inputs: test.inputs, labels: delivered };
  const influence = meanInfluence(
    models
      .slice(0, options.members)
      .map((weights) => memberInfluence(createKernels, options.scheme, recipe, weights, contributions, outputs)),
  );
  const truth = await coalitionTruth(createKernels, {
    file: `${options.folder}/${dataset.name}-coalitions-seed${options.seed}.f32`,
    recipe,
    contributions,
    outputs,
    coalitions: options.coalitions,
    seed: COALITION_SEED,
    ...(options.onProgress && { onProgress: options.onProgress }),
  });
  const onOutputs = influence.subarray(0, delivered.length * contributors.length);
  const onQuality = influence.subarray(delivered.length * contributors.length);
  const mixes = queryMixes(delivered, classes, options.seed);
  const fidelity = payoutFidelity(onOutputs, contributors.length, truth, mixes, options.seed);
  return {
    dataset: dataset.name,
    recipe: recipeHash(recipe),
    scheme: schemeId(options.scheme),
    members: options.members,
    coalitions: options.coalitions,
    accuracy: delivered.reduce((right, label, q) => right + (label === test.labels[q] ? 1 : 0), 0) / delivered.length,
    fidelity: fidelity.mixes,
    uniform: fidelity.mixes[0]!.corrected,
    oneClass: oneClassFidelity(fidelity.mixes),
    quality: qualityVerdict(contributions, onQuality, HARM_TAU_BPS),
    contributors: contributors.map(({ name, behaviour }, c) => ({
      name,
      behaviour,
      rows: contributions.contributorOfRow.reduce((count, owner) => count + (owner === c ? 1 : 0), 0),
    })),
    shares: positiveShares(fidelity.uniformScores),
  };
}

function positiveShares(scores: Float64Array): number[] {
  const positive = Array.from(scores, (score) => Math.max(0, score));
  const total = positive.reduce((sum, score) => sum + score, 0);
  return positive.map((score) => (total > 0 ? score / total : 0));
}
