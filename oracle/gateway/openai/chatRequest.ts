import { z } from "zod";
import { InputError } from "../../common/errors.ts";
import { modelName } from "./modelName.ts";

const content = z.union([z.string(), z.array(z.looseObject({ type: z.string(), text: z.string().optional() }))]);

/**
 * As much of a request for a chat completion as is read. What only steers how a text is generated changes nothing where none is;
 * what asks for something that no model here does is refused.
 */
export const chatRequestSchema = z.looseObject({
  model: modelName,
  messages: z.array(z.looseObject({ role: z.string(), content: content.nullish() })).min(1),
  stream: z.boolean().nullish(),
  n: z.literal(1, { error: "1: one payment buys one answer" }).nullish(),
  logprobs: z.boolean().nullish(),
  top_logprobs: z.number().int().min(0).max(20).nullish(),
  max_tokens: z.number().int().min(1).nullish(),
  max_completion_tokens: z.number().int().min(1).nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  seed: z.number().int().min(0).max(0xffffffff).nullish(),
});
export type ChatRequest = z.output<typeof chatRequestSchema>;

/** The text of the last message of the user: models here answer questions, and remember no conversation. */
export function questionOf({ messages }: Pick<ChatRequest, "messages">): string {
  const asked = messages.findLast(({ role }) => role === "user")?.content;
  if (typeof asked === "string") return asked;
  if (!asked) {
    throw new InputError("there is no question", {
      value: messages.map(({ role }) => role).join(", "),
      limit: "a message of the role user with text",
      remedy: 'Add { "role": "user", "content": "…" }.',
    });
  }
  const other = asked.find(({ type, text }) => type !== "text" || text === undefined);
  if (other === undefined) return asked.map(({ text }) => text).join("\n");
  throw new InputError("a part of the message cannot be read", {
    value: other.type,
    limit: "text",
    remedy: "Send text here; images go to POST /v1/models/{id}/infer.",
  });
}

/**
 * What is asked of a version that writes, with how its words are chosen. Without a word about it the likeliest are taken: the same question has the same
 * answer.
 *
 * @param most tokens of an answer where the request does not say
 */
export function promptOf(
  request: Pick<ChatRequest, "max_tokens" | "max_completion_tokens" | "temperature" | "seed">,
  input: string,
  most: number,
): object {
  const { max_tokens: tokens, max_completion_tokens: completion, temperature, seed } = request;
  return {
    ...{ kind: "prompt", input, maxTokens: completion ?? tokens ?? most },
    ...{ temperature: Math.round((temperature ?? 0) * 1_000), seed: seed ?? 0 },
  };
}
