import type { BytePairs } from "../decoder/bytePairs.ts";
import { type ChatPrompt, chatPrompt } from "../decoder/chatPrompt.ts";

/** What the model reads of a passage. */
export interface Quotable {
  /** Empty for none. */
  readonly title: string;
  readonly text: string;
}

/**
 * A question below the passages that it is to be answered from, each with its number.
 *
 * @param taking positions of the passages that take part, ascending; the others keep their numbers
 * @throws as `chatPrompt`
 */
export function quotePrompt(
  pairs: BytePairs,
  question: string,
  passages: readonly Quotable[],
  taking: readonly number[] = [...passages.keys()],
): ChatPrompt {
  const listed = taking.map((i) => {
    const { title, text } = passages[i]!;
    return `[${i + 1}] ${title === "" ? text : `${title}: ${text}`}`;
  });
  const order = listed.length === 0 ? [] : ["Answer the question from these passages."];
  return chatPrompt(pairs, [...listed, ...order, question].join("\n\n"));
}

/** The tokens that an answer begins with: a number of a passage in brackets. What the model chooses is the number. */
export function citation({ encode }: Pick<BytePairs, "encode">, passages: number): number[][] {
  const numbers = Array.from({ length: passages }, (_, i) => encode(`${i + 1}`)[0]!);
  return [encode("["), numbers, encode("]")];
}
