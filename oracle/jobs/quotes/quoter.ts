import { type AnswerModel, openAnswerModel } from "../../model/answers/answerModel.ts";
import type { Continuation } from "../../model/decoder/continuePrompt.ts";
import { citation, quotePrompt } from "../../model/quotes/quotePrompt.ts";
import type { QuotesRecipe } from "../../model/quotes/quotesRecipe.ts";
import type { Weights } from "../../model/weights.ts";
import { kernelFactory } from "../../numerics/kernelChoice.ts";
import type { AnswerLibrary } from "../answers/answerLibrary.ts";
import type { Generator } from "../chat/openWriter.ts";
import { choiceOf } from "../chat/writtenAnswer.ts";
import type { InferenceRequest } from "../receiptFiles.ts";

/** A generator beside the passages that it writes from. */
export interface Quoter {
  readonly recipe: QuotesRecipe;
  readonly generator: Generator;
  readonly opened: AnswerLibrary;
  readonly search: AnswerModel;
}

/** @param models the projection of the search alone */
export function openQuoter(
  recipe: QuotesRecipe,
  generator: Generator,
  opened: AnswerLibrary,
  models: readonly Weights[],
): Quoter {
  const search = openAnswerModel(kernelFactory("wasm"), opened.parts, models[0]!);
  return { recipe, generator, opened, search };
}

/** What a question is answered from. */
export interface Quotation {
  readonly question: string;
  /** Positions in the library; none where nothing speaks to the question, and nothing is written then. */
  readonly passages: readonly number[];
  /** What the generator goes on with. */
  readonly asked: Continuation;
}

/**
 * Finds the passages that a question is answered from: as many of those that the recipe quotes as fit into the context beside question and answer, the
 * most similar first. Where not even one fits, neither does the prompt, and `checkContinuation` says so.
 *
 * @throws InputError for an image, and a text that cannot be written
 */
export function quotationOf(quoter: Quoter, request: InferenceRequest): Quotation {
  const { question, ...choice } = choiceOf(quoter.recipe, request);
  const found = quoter.search.find([question])[0]!.slice(0, quoter.recipe.search.quoted);
  return { question, ...prompted(quoter, question, found.map(({ passage }) => passage), choice) }; // prettier-ignore
}

/** The same without a request, for what only has to be read. */
export function prompted(
  { recipe, generator: { pairs }, opened }: Quoter,
  question: string,
  found: readonly number[],
  choice: Pick<Continuation, "most" | "temperature" | "seed">,
): Omit<Quotation, "question"> {
  for (let count = found.length; ; count--) {
    const passages = found.slice(0, count);
    const quoted = passages.map((passage) => opened.library.passages[passage]!);
    const { tokens: prompt, end } = quotePrompt(pairs, question, quoted);
    if (count > 1 && prompt.length + choice.most > recipe.length) continue;
    return { passages, asked: { ...choice, prompt, end, first: count === 0 ? [] : citation(pairs, count) } };
  }
}
