import { answersStudy } from "../../attribution/evaluate/answersStudy.ts";
import { createCertificate, type QualityCertificate } from "../../attribution/evaluate/certificate.ts";
import type { PassagesScheme } from "../../attribution/passages/passagesScheme.ts";
import { InputError } from "../../common/errors.ts";
import type { AnyExample } from "../../data/example.ts";
import type { Library } from "../../data/written/library.ts";
import type { PairExample } from "../../data/written/written.ts";
import { encodeLibrary, openAnswerModel, trainAnswerModel } from "../../model/answers/answerModel.ts";
import type { AnswersRecipe } from "../../model/answers/answersRecipe.ts";
import type { Weights } from "../../model/weights.ts";
import { kernelFactory } from "../../numerics/kernelChoice.ts";
import type { BaseEncoders } from "../bases/baseEncoders.ts";
import { type CertifyOptions, requireCoalitions, STUDY_SEED } from "../certify.ts";
import type { Contributed } from "../versionTask.ts";
import type { AnswerLibrary } from "./answerLibrary.ts";
import { openEncoders } from "./openEncoders.ts";

/** A version that answers with passages, trained and not yet published. */
export interface TrainedAnswers {
  readonly recipe: AnswersRecipe;
  readonly scheme: PassagesScheme;
  readonly opened: AnswerLibrary;
  readonly weights: Weights;
}

/**
 * Whether a version that answers with passages can be certified is known before it is trained.
 *
 * @returns the test questions that it is measured on
 * @throws InputError for too few contributors, coalitions or test questions
 */
export function requireCertifiableAnswers(
  { train }: Pick<Contributed, "train">,
  test: readonly AnyExample[],
  coalitions: number,
): readonly PairExample[] {
  const questions = test.filter((example) => example.kind === "pair");
  if (questions.length === 0) {
    throw new InputError("a certificate needs questions to be measured on", {
      limit: "test questions with the passages that answer them",
      remedy: "Give --test with questions that nobody contributed.",
    });
  }
  requireCoalitions(new Set(train.map(({ contribution }) => contribution.contributor)).size, coalitions);
  return questions;
}

/** Measures how well a version's scores foretell what its contributors are worth to its answers. @throws as `requireCertifiableAnswers` */
export async function certifyAnswers(
  bases: BaseEncoders,
  { recipe, scheme, opened, weights }: TrainedAnswers,
  contributed: Contributed,
  test: readonly AnyExample[],
  options: CertifyOptions,
): Promise<QualityCertificate> {
  const questions = requireCertifiableAnswers(contributed, test, options.coalitions);
  const registered = new Map(
    contributed.train.map(({ contribution, examples }) => [contribution.contributionId, examples.length]),
  );
  const names = [...new Set(opened.contributions.map(({ contributor }) => contributor))];
  const createKernels = kernelFactory("wasm");
  const study = await answersStudy(
    {
      name: "version",
      contributions: {
        contributors: names.map((name) => ({ name, behaviour: "unknown" as const })),
        contributorOf: Int32Array.from(opened.contributions, ({ contributor }) => names.indexOf(contributor)),
        examples: Int32Array.from(opened.contributions, ({ contributionId }) => registered.get(contributionId)!),
      },
      ...{ recipe, weights, library: opened.library, test: questions, quality: opened.quality.flat() },
      model: openAnswerModel(createKernels, opened.parts, weights),
      retrain: async (another: AnswersRecipe, library: Library) => {
        const parts = encodeLibrary(another, await openEncoders(another, library, bases), library);
        return openAnswerModel(createKernels, parts, trainAnswerModel(createKernels, parts, library));
      },
    },
    { ...options, scheme, seed: STUDY_SEED },
  );
  return createCertificate(study);
}
