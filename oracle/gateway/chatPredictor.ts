import { openWriter } from "../jobs/chat/openWriter.ts";
import { continuationOf, writtenAnswer } from "../jobs/chat/writtenAnswer.ts";
import type { ContentFiles } from "../jobs/contentFiles.ts";
import type { ChatManifest } from "../jobs/versionFiles.ts";
import { checkContinuation, type Continuation } from "../model/decoder/continuePrompt.ts";
import type { Weights } from "../model/weights.ts";
import { inTurns, SEQUENCES } from "./inTurns.ts";
import type { Predictor } from "./predictor.ts";

/** Writes answers with a version's generator and adapter. */
export async function createChatPredictor(
  content: Pick<ContentFiles, "get">,
  { plan: { recipe } }: Pick<ChatManifest, "plan">,
  models: readonly Weights[],
): Promise<Predictor> {
  const writer = await openWriter(content, recipe, SEQUENCES);
  const decoder = writer.adapted(models[0]!);
  const write = inTurns(decoder);
  const read = (request: Parameters<Predictor["check"]>[0]): Continuation => {
    const asked = continuationOf(writer, recipe, request);
    checkContinuation(decoder, asked);
    return asked;
  };
  return {
    check: (request) => void read(request),
    answer: async (request) => writtenAnswer(writer, await write(read(request))),
    writes: { most: recipe.most },
  };
}
