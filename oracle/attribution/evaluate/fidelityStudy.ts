import type { Dataset } from "../../data/dataset.ts";
import type { Example } from "../../data/example.ts";
import { argmaxRows, predictEnsemble } from "../../model/predict.ts";
import type { Recipe } from "../../model/recipe.ts";
import { recipeHash } from "../../model/recipe.ts";
import type { Retrainer } from "../../model/retrainer.ts";
import { backendSuffix, ieeeRetrainer } from "../../model/retrainer.ts";
import type { LabelledRows } from "../../model/rows.ts";
import { trainMember } from "../../model/train.ts";
import type { Weights } from "../../model/weights.ts";
import { weightsHash } from "../../model/weights.ts";
import type { KernelFactory } from "../../numerics/kernels.ts";
import type { Scheme } from "../scheme.ts";
import { schemeId } from "../scheme.ts";
import { coalitionTruth, trainingDigest } from "./coalitionTruth.ts";
import type { Contributions } from "./contributions.ts";
import { contributorsOfRows, sumByContributor } from "./contributions.ts";
import type { MixFidelity } from "./payoutFidelity.ts";
import { payoutFidelity, queryMixes } from "./payoutFidelity.ts";
import { payoutShares } from "./payout.ts";
import type { QualityVerdict } from "./qualitySign.ts";
import { qualityTotals, qualityVerdict } from "./qualitySign.ts";
import type { RunProgress } from "./runLog.ts";
import { collectRuns } from "./runLog.ts";
import type { Interval } from "./statistics.ts";
import type { StudyData } from "./studyData.ts";
import { studyOf } from "./studyData.ts";
import { meanInfluence, memberInfluence } from "./versionInfluence.ts";

/** A trained version whose scores are to be judged. */
export interface FidelitySubject {
  /** Part of the names of the result files. */
  readonly name: string;
  readonly classes: readonly string[];
  readonly contributions: Contributions;
  readonly recipe: Recipe;
  /** The ensemble that answers queries. */
  readonly models: readonly Weights[];
  /** What buyers ask about; with the true classes, which nothing but `accuracy` depends on. */
  readonly test: LabelledRows;
}

/** A version that was trained on a divided data set. */
export type ScenarioSubject = FidelitySubject & Pick<StudyData, "examples">;

export interface FidelityStudyOptions {
  /** Folder of the result files: what was retrained or solved is kept there and not done again. */
  readonly folder: string;
  readonly scheme: Scheme;
  /** Models of the version whose influences are averaged; all of them when absent. */
  readonly members?: number;
  /** Retrainings, even; at least 2.5 times the contributors. */
  readonly coalitions: number;
  readonly seed: number;
  /** Trains the models of the truth. Default: the canonical backend. */
  readonly retrainer?: Retrainer;
  readonly onProgress?: (what: string, progress: RunProgress) => void;
}

/** What was found about a version's scores. */
export interface FidelityStudy {
  readonly dataset: string;
  readonly recipe: string;
  readonly scheme: string;
  /** weightsHash of each model of the version. */
  readonly models: readonly string[];
  readonly members: number;
  readonly coalitions: number;
  readonly accuracy: number;
  readonly fidelity: readonly MixFidelity[];
  /** Corrected fidelity on uniform queries, and the mean of the one-class mixes, where there are any. */
  readonly uniform: Interval;
  readonly oneClass?: Interval | undefined;
  readonly quality: QualityVerdict;
  readonly contributors: readonly ContributorResult[];
}

export interface ContributorResult {
  readonly name: string;
  readonly behaviour: string;
  /** Examples that were registered, and what is left of them without repetitions. */
  readonly examples: number;
  readonly rows: number;
  /** Score for uniform queries. */
  readonly score: number;
  /** Shapley value for uniform queries, up to a constant that all share. */
  readonly value: number;
  /** Share of a pool that uniform queries pay, by the rule of a settlement. */
  readonly share: number;
}

/** Models of a version that is trained for a study. */
export const VERSION_MODELS = 4;
/** Seed of the coalitions; the study's own seed divides the data. */
const COALITION_SEED = 11;

/** Divides a data set among fifty contributors and trains a version on it. @param outside rows for the off-domain contributors */
export function scenarioSubject(
  createKernels: KernelFactory,
  dataset: Dataset,
  seed: number,
  outside?: readonly Example[],
): ScenarioSubject {
  const study = studyOf(dataset, seed, outside);
  const models = Array.from({ length: VERSION_MODELS }, (_, member) =>
    trainMember(createKernels, study.recipe, study.contributions.training, member),
  );
  return { ...study, models };
}

/** Retrains coalitions of a version's contributors until its scores can be judged. */
export async function fidelityStudy(
  createKernels: KernelFactory,
  subject: FidelitySubject,
  options: FidelityStudyOptions,
): Promise<FidelityStudy> {
  const { contributions, recipe, test, classes, models } = subject;
  const { contributors } = contributions;
  const count = contributions.contributorOf.length;
  const outputs = deliveredOutputs(createKernels, subject);
  const { onProgress, retrainer = ieeeRetrainer(createKernels) } = options;
  const truth = await coalitionTruth({
    file: `${options.folder}/${subject.name}-coalitions-seed${options.seed}${backendSuffix(retrainer)}.f32`,
    recipe,
    contributions,
    outputs,
    coalitions: options.coalitions,
    seed: COALITION_SEED,
    retrainer,
    ...(onProgress && { onProgress: (progress) => onProgress("coalitions retrained", progress) }),
  });
  const influence = await versionInfluence(createKernels, subject, outputs, options);
  const onOutputs = influence.subarray(0, outputs.labels.length * count);
  const onQuality = influence.subarray(outputs.labels.length * count);
  const mixes = queryMixes(outputs.labels, classes, options.seed);
  const { mixes: fidelity, oneClass, uniform } = payoutFidelity(onOutputs, contributions, truth, mixes, options.seed);
  const right = outputs.labels.reduce((sum, label, q) => sum + (label === test.labels[q] ? 1 : 0), 0);
  const shares = payoutShares(contributions, uniform.ofContributions, qualityTotals(contributions, onQuality));
  const registered = sumByContributor(contributions, contributions.examples);
  const contributorOfRow = contributorsOfRows(contributions);
  return {
    dataset: subject.name,
    recipe: recipeHash(recipe),
    scheme: schemeId(options.scheme),
    models: models.map(weightsHash),
    members: scoredModels(subject, options.members),
    coalitions: options.coalitions,
    accuracy: right / outputs.labels.length,
    fidelity,
    uniform: fidelity[0]!.corrected,
    ...(oneClass && { oneClass }),
    quality: qualityVerdict(contributions, onQuality, options.seed),
    contributors: contributors.map(({ name, behaviour }, c) => ({
      name,
      behaviour,
      examples: registered[c]!,
      rows: contributorOfRow.reduce((sum, owner) => sum + (owner === c ? 1 : 0), 0),
      score: uniform.scores[c]!,
      value: uniform.values[c]!,
      share: shares[c]!,
    })),
  };
}

/** The test rows with the classes that the version answers: what is paid for. */
export function deliveredOutputs(createKernels: KernelFactory, subject: FidelitySubject): LabelledRows {
  const { recipe, models, test, classes } = subject;
  const probabilities = predictEnsemble(createKernels, recipe, models, test.inputs);
  return { inputs: test.inputs, labels: argmaxRows(probabilities, classes.length) };
}

/** Mean influence of every contribution on outputs, then on quality rows, under the scored models: rows x contributions. */
export async function versionInfluence(
  createKernels: KernelFactory,
  subject: FidelitySubject,
  outputs: LabelledRows,
  { folder, scheme, members, onProgress }: Omit<FidelityStudyOptions, "coalitions">,
): Promise<Float32Array> {
  const { name, recipe, contributions, models } = subject;
  const count = scoredModels(subject, members);
  const width = (outputs.labels.length + contributions.quality.labels.length) * contributions.contributorOf.length;
  const scores = await collectRuns({
    file: `${folder}/${name}-influence-${schemeId(scheme).slice(2, 10)}.f32`,
    study: JSON.stringify({
      study: "influence/2",
      ...trainingDigest(subject, outputs),
      scheme: schemeId(scheme),
      models: models.map(weightsHash),
    }),
    width,
    count,
    run: (member) => memberInfluence(createKernels, scheme, recipe, models[member]!, contributions, outputs),
    ...(onProgress && { onProgress: (progress) => onProgress("models scored", progress) }),
  });
  return meanInfluence(Array.from({ length: count }, (_, m) => scores.subarray(m * width, (m + 1) * width)));
}

function scoredModels({ models }: FidelitySubject, members = models.length): number {
  return Math.min(members, models.length);
}
