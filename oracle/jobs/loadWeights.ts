import { DisagreementError } from "../common/errors.ts";
import type { Weights } from "../model/weights.ts";
import type { Version } from "../store/protocolView.ts";
import { getAnswerWeights } from "./answers/answersPlan.ts";
import { getChatWeights } from "./chat/chatPlan.ts";
import type { Context } from "./context.ts";
import { getQuotesWeights } from "./quotes/quotesPlan.ts";
import {
  answersWithPassages,
  ensembleHash,
  getWeights,
  quotesPassages,
  type VersionManifest,
  writesAnswers,
} from "./versionFiles.ts";

/** The published weights of a version. @throws DisagreementError when they do not have the hash on the chain */
export async function loadWeights(context: Context, version: Version, manifest: VersionManifest): Promise<Weights[]> {
  const models = await publishedWeights(context, manifest);
  const hash = ensembleHash(models);
  if (hash === version.weightsHash) return models;
  throw new DisagreementError("the published weights are not those that the chain names", {
    value: `${hash} for version ${version.versionId}`,
    limit: version.weightsHash,
  });
}

function publishedWeights({ content }: Context, manifest: VersionManifest): Promise<Weights[]> {
  if (answersWithPassages(manifest)) return getAnswerWeights(content, manifest);
  if (writesAnswers(manifest)) return getChatWeights(content, manifest);
  if (quotesPassages(manifest)) return getQuotesWeights(content, manifest);
  return getWeights(content, manifest.weights, manifest.plan.recipe);
}
