import { defaultPassagesScheme } from "../../attribution/passages/passagesScheme.ts";
import { encodeCertificate } from "../../attribution/evaluate/certificate.ts";
import { InputError } from "../../common/errors.ts";
import type { WrittenExample } from "../../data/written/written.ts";
import { outlineOf, overlaps } from "../../data/written/overlap.ts";
import { openAnswerModel, trainAnswerModel } from "../../model/answers/answerModel.ts";
import type { Weights } from "../../model/weights.ts";
import { kernelFactory } from "../../numerics/kernelChoice.ts";
import { answersRecipeSchema } from "../../model/answers/answersRecipe.ts";
import { chosenRecipe } from "../chosenRecipe.ts";
import type { BaseEncoders } from "../bases/baseEncoders.ts";
import type { CertifyOptions } from "../certify.ts";
import type { Context } from "../context.ts";
import type { TrainingChoice } from "../prepareTraining.ts";
import { storeVersion } from "../storeVersion.ts";
import type { TrainedArtefacts } from "../trainedArtefacts.ts";
import type { AnswersPlan } from "../versionFiles.ts";
import type { TrainingSize } from "../trainingSize.ts";
import type { Contributed } from "../versionTask.ts";
import { type AnswerLibrary, openAnswerLibrary } from "./answerLibrary.ts";
import { answersPlan } from "./answersPlan.ts";
import { answersSize } from "./answersSize.ts";
import { certifyAnswers } from "./certifyAnswers.ts";

/** Trains a version that answers with passages on what was contributed, has it measured if asked to, and stores manifest, weights and certificate. */
export async function trainAnswers(
  { content, bases }: Pick<Context, "content" | "bases">,
  snapshotIds: readonly bigint[],
  contributed: Contributed,
  choice: TrainingChoice,
  test: readonly WrittenExample[],
  certify?: CertifyOptions,
): Promise<TrainedArtefacts> {
  const plan = await planOf(choice, bases);
  const scheme = defaultPassagesScheme();
  const opened = await openAnswerLibrary(plan.recipe, contributed, bases);
  requireAnswerable(opened, choice);
  const models = [trainAnswerModel(kernelFactory("wasm"), opened.parts, opened.library)];
  const version = { recipe: plan.recipe, scheme, opened, weights: models[0]! };
  const certificate = certify && (await certifyAnswers(bases, version, contributed, test, certify));
  const stored = certificate && { certificate: await content.put(encodeCertificate(certificate)) };
  return {
    ...(await storeVersion(content, models, { plan, scheme, ...stored })),
    snapshotIds: [...snapshotIds],
    size: answersSize(plan.recipe, opened.library),
    accuracy: shareAnswered(opened, models[0]!, test),
    trainingRows: opened.library.passages.length,
    duplicates: opened.library.duplicates,
    certificate,
  };
}

/** Does all of a training that can fail, and says what the rest of it takes. @throws InputError as {@link trainAnswers} */
export async function rehearseAnswers(
  { bases }: Pick<Context, "bases">,
  contributed: Contributed,
  choice: TrainingChoice,
): Promise<TrainingSize> {
  const { recipe } = await planOf(choice, bases);
  const opened = await openAnswerLibrary(recipe, contributed, bases);
  requireAnswerable(opened, choice);
  return answersSize(recipe, opened.library);
}

async function planOf(choice: TrainingChoice, bases: BaseEncoders): Promise<AnswersPlan> {
  const { base } = choice;
  const chosen = base === undefined ? undefined : { base, dimension: (await bases.open(base)).dimension };
  const { format, recipe } = answersPlan(choice, chosen);
  return { format, recipe: chosenRecipe(answersRecipeSchema, recipe, choice.recipe, ["format", "encoders"]) };
}

/** @throws InputError when there is nothing to answer with, to be judged by, or a choice that such a version does not have */
export function requireAnswerable({ library, quality }: AnswerLibrary, { parentVersionId }: TrainingChoice): void {
  if (library.passages.length === 0) {
    throw new InputError("there is nothing to answer with", { limit: "documents, or pairs of questions and passages" });
  }
  if (quality.every((questions) => questions.length === 0)) {
    throw new InputError("the version's Datanets have no quality set", {
      limit: "at least one question with the passage that answers it, as a contribution of kind quality",
      remedy: "Let a validator of the Datanet contribute one: npx openledger contribute --documents --quality.",
    });
  }
  if (parentVersionId === null) return;
  throw new InputError("a version that answers with passages starts from no other", {
    value: parentVersionId,
    remedy: "Leave --parent-version away.",
  });
}

/** Share of the test questions whose first passage is part of the right one, or the other way round; undefined without any. */
function shareAnswered(
  { library, parts }: AnswerLibrary,
  weights: Weights,
  test: readonly WrittenExample[],
): number | undefined {
  const pairs = test.filter((example) => example.kind === "pair");
  if (pairs.length === 0) return undefined;
  const found = openAnswerModel(kernelFactory("wasm"), parts, weights).find(pairs.map(({ question }) => question));
  const right = pairs.filter(({ passage }, q) => {
    const first = found[q]![0];
    return first !== undefined && overlaps(outlineOf(library.passages[first.passage]!.text), outlineOf(passage));
  });
  return right.length / pairs.length;
}
