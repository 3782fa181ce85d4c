import { InputError } from "../../common/errors.ts";
import type { ChatRecipe } from "../../model/chat/chatRecipe.ts";
import { chatPrompt } from "../../model/decoder/chatPrompt.ts";
import {
  type Continuation,
  firstDifference,
  type TokenChoice,
  type Written,
} from "../../model/decoder/continuePrompt.ts";
import type { Decoder } from "../../model/decoder/decoder.ts";
import { type InferenceAnswer, type InferenceRequest, requestHash, type WrittenAnswer } from "../receiptFiles.ts";
import type { Writer } from "./openWriter.ts";

const THOUSAND = 1_000;

/**
 * A request as what the generator goes on with. Its draws come out of the request's hash, so neither who asks nor who answers can choose them without
 * changing what is asked.
 *
 * @throws InputError for an image, and a text that cannot be written
 */
export function continuationOf(
  { pairs }: Pick<Writer, "pairs">,
  recipe: Pick<ChatRecipe, "most">,
  request: InferenceRequest,
): Continuation {
  const { question, ...choice } = choiceOf(recipe, request);
  const { tokens, end } = chatPrompt(pairs, question);
  return { ...choice, prompt: tokens, end };
}

/** What is asked, and how the words of the answer are chosen. @throws InputError for an image */
export function choiceOf(
  recipe: Pick<ChatRecipe, "most">,
  request: InferenceRequest,
): TokenChoice & { readonly question: string; readonly most: number } {
  if (request.kind === "image" || request.kind === "row") {
    throw new InputError("the model reads another kind of question", {
      value: request.kind,
      limit: "text, or prompt",
      remedy: 'Send a request with "kind": "text".',
    });
  }
  const seed = Buffer.from(requestHash(request).slice(2, 34), "hex");
  return {
    question: request.input,
    most: request.kind === "prompt" ? request.maxTokens : recipe.most,
    temperature: request.kind === "prompt" ? request.temperature / THOUSAND : 0,
    seed: [seed.readUInt32BE(0), seed.readUInt32BE(4), seed.readUInt32BE(8), seed.readUInt32BE(12)],
  };
}

/** What is made of a question; undefined where the version does not read it: its receipt is owed to nobody, and stops nobody's. */
export function unlessRefused<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

export function writtenAnswer({ pairs }: Pick<Writer, "pairs">, { tokens, ended }: Written): WrittenAnswer {
  return { text: pairs.decode(tokens), tokens: [...tokens], ended };
}

/** Whether an answer is the one that the version writes, by reading it once. */
export function wouldWrite(
  writer: Pick<Writer, "pairs">,
  adapted: Decoder,
  asked: Continuation,
  answer: InferenceAnswer,
): answer is WrittenAnswer {
  if (!("tokens" in answer) || "passages" in answer) return false;
  if (answer.tokens.some((token) => token >= adapted.shape.vocabulary)) return false;
  if (answer.text !== writer.pairs.decode(answer.tokens)) return false;
  if (asked.prompt.length + asked.most > adapted.length) return false;
  return firstDifference(adapted, asked, answer) === undefined;
}
