import { createCertificate, type QualityCertificate } from "../attribution/evaluate/certificate.ts";
import type { Contributions } from "../attribution/evaluate/contributions.ts";
import { fidelityStudy } from "../attribution/evaluate/fidelityStudy.ts";
import type { RunProgress } from "../attribution/evaluate/runLog.ts";
import type { Scheme } from "../attribution/scheme.ts";
import { InputError } from "../common/errors.ts";
import type { Example } from "../data/example.ts";
import type { Encoder } from "../model/answers/encoder.ts";
import type { Weights } from "../model/weights.ts";
import { kernelFactory } from "../numerics/kernelChoice.ts";
import { labelledRows } from "./trainingData.ts";
import { type ContributedExamples, qualityRows, type VersionData } from "./versionData.ts";
import type { Plan } from "./versionFiles.ts";

/** How a version is certified before it is published. */
export interface CertifyOptions {
  /** Retrainings, even. */
  readonly coalitions: number;
  /** Folder of the retrained results: an interrupted study goes on there. */
  readonly folder: string;
  readonly onProgress?: (what: string, progress: RunProgress) => void;
}

/** A version that has been trained and not yet been published. */
export interface TrainedVersion {
  readonly plan: Plan;
  readonly scheme: Scheme;
  readonly models: readonly Weights[];
  readonly contributed: readonly ContributedExamples[];
  readonly data: VersionData;
  /** Of a plan whose inputs are vectors of one. */
  readonly base?: Encoder | undefined;
}

/** Fewer contributors make too few different coalitions. */
const LEAST_CONTRIBUTORS = 5;
/** Retrainings per contributor from which half of them still determines every value. */
const LEAST_PER_CONTRIBUTOR = 2.5;
/** Seed of the studies of versions. */
export const STUDY_SEED = 7;

/**
 * Whether a version can be certified is known before it is trained.
 *
 * @returns the test examples that it is measured on, and its contributors
 * @throws InputError for too few contributors, coalitions or test examples
 */
export function requireCertifiable(
  { plan, contributed }: Pick<TrainedVersion, "plan" | "contributed">,
  test: readonly Example[],
  coalitions: number,
): { readonly known: readonly Example[]; readonly names: readonly string[] } {
  const known = test.filter(({ label }) => plan.labels.includes(label));
  if (known.length === 0) {
    throw new InputError("a certificate needs outputs to be measured on", {
      limit: "test examples with labels of the version",
      remedy: "Give --test with examples that nobody contributed.",
    });
  }
  const names = [...new Set(contributed.map(({ contribution }) => contribution.contributor))];
  requireCoalitions(names.length, coalitions);
  return { known, names };
}

/** @throws InputError for too few contributors or coalitions, or an odd number of these */
export function requireCoalitions(contributors: number, coalitions: number): void {
  const least = LEAST_PER_CONTRIBUTOR * contributors;
  if (contributors < LEAST_CONTRIBUTORS) {
    throw new InputError("a certificate needs more contributors", {
      value: contributors,
      limit: `at least ${LEAST_CONTRIBUTORS}`,
    });
  }
  if (coalitions < least || coalitions % 2 === 1) {
    throw new InputError("the number of coalitions does not suit the contributors", {
      value: coalitions,
      limit: `an even number from ${Math.ceil(least)} for ${contributors} contributors`,
    });
  }
}

/**
 * Measures how well a version's scores foretell what its contributors are worth to its answers on test examples.
 *
 * @throws InputError as `requireCertifiable`
 */
export async function certifyVersion(
  { plan, scheme, models, contributed, data, base }: TrainedVersion,
  test: readonly Example[],
  options: CertifyOptions,
): Promise<QualityCertificate> {
  const { known, names } = requireCertifiable({ plan, contributed }, test, options.coalitions);
  // The index numbers contributions Datanet after Datanet, studies in the order of registration.
  const places = new Map(contributed.map(({ contribution }, place) => [contribution.contributionId, place]));
  const registeredAs = data.datanets.flatMap(({ contributionIds }) => contributionIds.map((id) => places.get(id)!));
  const contributions: Contributions = {
    contributors: names.map((name) => ({ name, behaviour: "unknown" })),
    contributorOf: Int32Array.from(contributed, ({ contribution }) => names.indexOf(contribution.contributor)),
    examples: Int32Array.from(contributed, ({ examples }) => examples.length),
    training: data.training.rows,
    contributionOfRow: data.training.contributionOfRow.map((row) => registeredAs[row]!),
    quality: qualityRows(data),
  };
  const subject = {
    ...{ name: "version", classes: plan.labels, contributions, recipe: plan.recipe, models },
    test: labelledRows(plan, known, base),
  };
  const study = await fidelityStudy(kernelFactory("wasm"), subject, { ...options, scheme, seed: STUDY_SEED });
  return createCertificate(study);
}
