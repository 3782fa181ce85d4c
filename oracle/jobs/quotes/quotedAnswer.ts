import { canonicalJson } from "@openledger/protocol/canonicalJson.ts";
import { firstDifference, type Written } from "../../model/decoder/continuePrompt.ts";
import { logLikelihood } from "../../model/quotes/logLikelihood.ts";
import { quotePrompt } from "../../model/quotes/quotePrompt.ts";
import { quotedShapley } from "../../attribution/quotes/quotedShapley.ts";
import type { InferenceAnswer, QuotedAnswer } from "../receiptFiles.ts";
import type { Quotation, Quoter } from "./quoter.ts";

/** What is written where no passage speaks to the question. */
const NOTHING: Written = { tokens: [], ended: true };

/** The answer that a provider gives: what was written, and the passages that it was written from, numbered as the text cites them. */
export function quotedAnswer(
  { generator: { pairs }, opened: { library, contributions } }: Quoter,
  { passages }: Quotation,
  { tokens, ended }: Written = NOTHING,
): QuotedAnswer {
  return {
    ...{ text: pairs.decode(tokens), tokens: [...tokens], ended },
    passages: passages.map((passage) => {
      const { contribution, title, text, source } = library.passages[passage]!;
      const { contributionId, contributor } = contributions[contribution]!;
      return { contributionId: contributionId.toString(), contributor, title, text, source };
    }),
  };
}

/** Whether an answer is the one that the version writes, by searching again and reading it once. */
export function wouldQuote(quoter: Quoter, quotation: Quotation, answer: InferenceAnswer): answer is QuotedAnswer {
  if (!("tokens" in answer && "passages" in answer)) return false;
  const { decoder } = quoter.generator;
  if (answer.tokens.some((token) => token >= decoder.shape.vocabulary)) return false;
  if (canonicalJson(quotedAnswer(quoter, quotation, answer)) !== canonicalJson(answer)) return false;
  const { passages, asked } = quotation;
  if (passages.length === 0) return answer.ended && answer.tokens.length === 0;
  if (asked.prompt.length + asked.most > decoder.length) return false;
  return firstDifference(decoder, asked, answer) === undefined;
}

/**
 * What contributions did for what follows the citation: exact Shapley values of its log-likelihood, each coalition read by itself.
 *
 * @param tokens of the answer, with its end where it has one
 * @param from place of the first that counts
 */
export function valuesOf(
  { generator: { decoder, pairs }, opened: { library } }: Quoter,
  { question, passages }: Pick<Quotation, "question" | "passages">,
  tokens: readonly number[],
  from: number,
): [contribution: number, value: number][] {
  if (passages.length === 0 || from >= tokens.length) return [];
  const quoted = passages.map((passage) => library.passages[passage]!);
  return quotedShapley(
    quoted.map(({ contribution }) => contribution),
    (taking) => logLikelihood(decoder, quotePrompt(pairs, question, quoted, taking).tokens, tokens, from),
  );
}
