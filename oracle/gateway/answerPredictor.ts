import { openAnswerLibrary } from "../jobs/answers/answerLibrary.ts";
import { answerOf } from "../jobs/answers/answerOf.ts";
import type { Context } from "../jobs/context.ts";
import { readQuestion } from "../jobs/readRequest.ts";
import { versionContributions, versionDatanets } from "../jobs/versionContributions.ts";
import { fetchExamples } from "../jobs/versionData.ts";
import type { AnswersManifest } from "../jobs/versionFiles.ts";
import { openAnswerModel } from "../model/answers/answerModel.ts";
import type { Weights } from "../model/weights.ts";
import { kernelFactory } from "../numerics/kernelChoice.ts";
import type { Version } from "../store/protocolView.ts";
import type { Predictor } from "./predictor.ts";

/** Answers with the passages of a version, which are fetched and encoded first. */
export async function createAnswerPredictor(
  context: Context,
  version: Version,
  { plan }: AnswersManifest,
  models: readonly Weights[],
): Promise<Predictor> {
  const contributions = await versionContributions(context, version);
  const idsOf = (kind: string) => contributions.filter((c) => c.kind === kind).map((c) => c.contributionId);
  const contributed = {
    datanetIds: await versionDatanets(context, version),
    train: await fetchExamples(context, idsOf("train")),
    quality: await fetchExamples(context, idsOf("quality")),
  };
  const opened = await openAnswerLibrary(plan.recipe, contributed, context.bases);
  const model = openAnswerModel(kernelFactory("wasm"), opened.parts, models[0]!);
  return {
    check: (request) => void readQuestion(request),
    answer: async (request) => answerOf(opened, model.find([readQuestion(request)])[0]!),
  };
}
