import type { BytePairs } from "./bytePairs.ts";

/** What is said before the question, as the model was trained to hear it. */
const SYSTEM = "You are a helpful AI assistant named SmolLM, trained by Hugging Face";

/** A conversation as ChatML, whose marks are tokens that no text can write. */
export interface ChatPrompt {
  readonly tokens: readonly number[];
  /** The token that ends the answer. */
  readonly end: number;
}

/** The question of a user, with the answer to come. @throws InputError, ContentError as the tokenizer */
export function chatPrompt({ encode, special }: BytePairs, question: string): ChatPrompt {
  const [begin, end] = [special("<|im_start|>"), special("<|im_end|>")];
  const message = (role: string, text: string) => [begin, ...encode(`${role}\n${text}`), end, ...encode("\n")];
  const tokens = [...message("system", SYSTEM), ...message("user", question), begin, ...encode("assistant\n")];
  return { tokens, end };
}
