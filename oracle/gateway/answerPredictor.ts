import { openAnswerLibrary } from "../jobs/answers/answerLibrary.ts";
import { answerOf, vectorOf } from "../jobs/answers/answerOf.ts";
import type { Context } from "../jobs/context.ts";
import { contributedTo } from "../jobs/contributedTo.ts";
import { readQuestion } from "../jobs/readRequest.ts";
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
  const opened = await openAnswerLibrary(plan.recipe, await contributedTo(context, version), context.bases);
  const model = openAnswerModel(kernelFactory("wasm"), opened.parts, models[0]!);
  return {
    check: (request) => void readQuestion(request),
    answer: async (request) => {
      const text = readQuestion(request);
      return request.kind === "embedding" ? vectorOf(model, text) : answerOf(opened, model.find([text])[0]!);
    },
    embeds: { dimension: model.dimension },
  };
}
