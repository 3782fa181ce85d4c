import { backendOf, backendSuffix, ieeeRetrainer } from "../../model/retrainer.ts";
import { selectRows } from "../../model/rows.ts";
import type { KernelFactory } from "../../numerics/kernels.ts";
import { randomStream } from "../../numerics/random.ts";
import { contributorsOfRows, sumByContributor } from "./contributions.ts";
import { retrainedProbabilities, trainingDigest } from "./coalitionTruth.ts";
import type { FidelityStudyOptions, FidelitySubject } from "./fidelityStudy.ts";
import { deliveredOutputs, versionInfluence } from "./fidelityStudy.ts";
import { mixScores, queryMixes } from "./payoutFidelity.ts";
import { collectRuns } from "./runLog.ts";
import type { Interval } from "./statistics.ts";
import { bootstrap, mean, pearson, spearman, spearmanBrown, take } from "./statistics.ts";

/** Members of these retrainings are numbered from here, apart from those of the version and of the coalitions. */
const FIRST_MEMBER = 5000;

export type LeaveOutOptions = Omit<FidelityStudyOptions, "coalitions"> & {
  /** Seeds under which everything is trained once with and once without each contributor; at least 2. */
  readonly seeds: number;
};

/** Scores against the effect of leaving one contributor out, for one mix of queries. */
export interface LeaveOutFidelity {
  readonly mix: string;
  readonly pearson: Interval;
  readonly spearman: Interval;
  /** √reliability of the effects, from the agreement between the seeds; 0 when they do not agree at all. */
  readonly ceiling: number;
}

export interface LeaveOutStudy {
  readonly dataset: string;
  readonly seeds: number;
  readonly fidelity: readonly LeaveOutFidelity[];
}

/**
 * What leaving each contributor out costs the outputs that were paid for, trained with and without under the same seed, beside the scores. The
 * plainest truth and a poor measure of pay: it is not additive (two equal copies count nothing), and one seed says little about another.
 *
 * Cost: seeds · (contributors + 1) trainings.
 */
export async function leaveOutStudy(
  createKernels: KernelFactory,
  subject: FidelitySubject,
  options: LeaveOutOptions,
): Promise<LeaveOutStudy> {
  const { contributions, recipe, classes } = subject;
  const retrainer = options.retrainer ?? ieeeRetrainer(createKernels);
  const { training, contributorOf } = contributions;
  const contributorOfRow = contributorsOfRows(contributions);
  const count = contributions.contributors.length;
  const outputs = deliveredOutputs(createKernels, subject);
  const width = outputs.labels.length;
  const perSeed = count + 1;
  const probabilities = await collectRuns({
    file: `${options.folder}/${subject.name}-leave-out-seed${options.seed}${backendSuffix(retrainer)}.f32`,
    study: JSON.stringify({ study: "leave-out/2", ...trainingDigest(subject, outputs), ...backendOf(retrainer) }),
    width,
    count: options.seeds * perSeed,
    run(i) {
      const left = (i % perSeed) - 1; // run 0 of a seed leaves nobody out
      const rows = Int32Array.from(training.labels.keys()).filter((row) => contributorOfRow[row] !== left);
      const member = FIRST_MEMBER + Math.floor(i / perSeed);
      return retrainedProbabilities(retrainer, recipe, selectRows(training, rows), member, outputs);
    },
    ...(options.onProgress && {
      onProgress: (progress) => options.onProgress!("retrainings without a contributor", progress),
    }),
  });
  const influence = await versionInfluence(createKernels, subject, outputs, options);

  const fidelity = queryMixes(outputs.labels, classes, options.seed).map((mix): LeaveOutFidelity => {
    const utility = (run: number): number =>
      mean(take(probabilities.subarray(run * width, (run + 1) * width), mix.outputs));
    const effects = Array.from({ length: options.seeds }, (_, seed) => {
      const whole = utility(seed * perSeed);
      return Float64Array.from({ length: count }, (_, c) => whole - utility(seed * perSeed + 1 + c));
    });
    const truth = Float64Array.from({ length: count }, (_, c) => mean(effects.map((effect) => effect[c]!)));
    const scores = sumByContributor(contributions, mixScores(influence, contributorOf.length, mix));
    const interval = (correlation: typeof pearson): Interval => {
      const random = randomStream(options.seed, 12);
      const statistic = (indices: Int32Array) => correlation(take(scores, indices), take(truth, indices));
      return bootstrap(count, statistic, () => random.uniform());
    };
    return {
      mix: mix.name,
      pearson: interval(pearson),
      spearman: interval(spearman),
      ceiling: seedCeiling(effects),
    };
  });
  return { dataset: subject.name, seeds: options.seeds, fidelity };
}

/** √reliability of the mean over seeds: the mean correlation of two seeds, lengthened by Spearman and Brown's formula. */
function seedCeiling(effects: readonly Float64Array[]): number {
  const pairs = effects.flatMap((first, i) => effects.slice(i + 1).map((second) => pearson(first, second)));
  const agreement = mean(pairs);
  return agreement > 0 ? Math.sqrt(spearmanBrown(agreement, effects.length)) : 0;
}
