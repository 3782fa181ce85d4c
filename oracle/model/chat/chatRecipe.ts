import { isCid } from "@openledger/protocol/cid.ts";
import { z } from "zod";

const count = (max: number) => z.number().int().min(1).max(max);

/** How a version is made that writes its answers: a frozen generator, and an adapter that is trained on what was contributed. */
export const chatRecipeSchema = z.strictObject({
  format: z.literal("openledger-chat-recipe/1"),
  /** Hash of the generator. */
  base: z.string().refine(isCid, "the hash of a base"),
  /** How the generator's rows meet its matrices, in training and in answers. */
  profile: z.enum(["float32/1", "int8-exact/1"]),
  /** Places of question and answer together, and of a piece of training text. */
  length: count(8_192),
  /** Tokens of an answer where the question does not say. */
  most: count(4_096),
  adapter: z.strictObject({
    kind: z.literal("head-lora/1"),
    rank: count(64),
    /** s, usually 1 to 4. */
    scale: z.number().positive().max(1_024),
  }),
  learningRate: z.number().positive().max(1),
  epochs: z.number().int().min(0).max(1_000),
  /** Pieces of text of a training step. */
  batch: count(1_024),
  seed: z.number().int().min(0).max(0xffffffff),
});

export type ChatRecipe = z.output<typeof chatRecipeSchema>;
