import { isCid } from "@openledger/protocol/cid.ts";
import { z } from "zod";
import { answersRecipeSchema } from "../answers/answersRecipe.ts";

/** Every coalition of an answer's passages is read: sixteen at most. */
export const MOST_QUOTED = 4;

/** How a version is made that writes from passages: a frozen generator, and a search that is trained on what was contributed. */
export const quotesRecipeSchema = z.strictObject({
  format: z.literal("openledger-quotes-recipe/1"),
  /** Hash of the generator. */
  base: z.string().refine(isCid, "the hash of a base"),
  /** How the generator's rows meet its matrices. */
  profile: z.enum(["float32/1", "int8-exact/1"]),
  /** Places of passages, question and answer together. */
  length: z.number().int().min(1).max(8_192),
  /** Tokens of an answer where the question does not say. */
  most: z.number().int().min(1).max(4_096),
  /** How passages are found, and how many an answer is written from. */
  search: answersRecipeSchema.refine(({ quoted }) => quoted <= MOST_QUOTED, `quoted is at most ${MOST_QUOTED}`),
});

export type QuotesRecipe = z.output<typeof quotesRecipeSchema>;
