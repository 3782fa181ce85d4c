import { openAnswerLibrary } from "../jobs/answers/answerLibrary.ts";
import { openGenerator } from "../jobs/chat/openWriter.ts";
import type { Context } from "../jobs/context.ts";
import { quotedAnswer } from "../jobs/quotes/quotedAnswer.ts";
import { openQuoter, type Quotation, quotationOf } from "../jobs/quotes/quoter.ts";
import type { QuotesManifest } from "../jobs/versionFiles.ts";
import type { Contributed } from "../jobs/versionTask.ts";
import { checkContinuation } from "../model/decoder/continuePrompt.ts";
import type { Weights } from "../model/weights.ts";
import { inTurns, SEQUENCES } from "./inTurns.ts";
import type { Predictor } from "./predictor.ts";

/** Writes answers from a version's passages, which are encoded first. */
export async function createQuotesPredictor(
  { content, bases }: Pick<Context, "content" | "bases">,
  contributed: Contributed,
  { plan: { recipe } }: Pick<QuotesManifest, "plan">,
  models: readonly Weights[],
): Promise<Predictor> {
  const opened = await openAnswerLibrary(recipe.search, contributed, bases);
  const generator = await openGenerator(content, recipe, SEQUENCES);
  const quoter = openQuoter(recipe, generator, opened, models);
  const write = inTurns(generator.decoder);
  const read = (request: Parameters<Predictor["check"]>[0]): Quotation => {
    const quotation = quotationOf(quoter, request);
    checkContinuation(generator.decoder, quotation.asked);
    return quotation;
  };
  return {
    check: (request) => void read(request),
    async answer(request) {
      const quotation = read(request);
      if (quotation.passages.length === 0) return quotedAnswer(quoter, quotation);
      return quotedAnswer(quoter, quotation, await write(quotation.asked));
    },
    writes: { most: recipe.most },
  };
}
