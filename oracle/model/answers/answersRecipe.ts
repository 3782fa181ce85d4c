import { z } from "zod";

/** Weighted search terms, hashed: needs nothing but the passages. */
const encoder = z.strictObject({
  kind: z.literal("hashed-terms/1"),
  dimension: z.number().int().min(64).max(2_048),
});

/**
 * How a version that answers with passages is made. Whatever changes a bit of it is here or in the data.
 */
export const answersRecipeSchema = z.strictObject({
  format: z.literal("openledger-answers-recipe/1"),
  /** Texts become these vectors side by side, each of length 1. */
  encoders: z.array(encoder).min(1).max(2),
  /** Passages of an answer. */
  quoted: z.number().int().min(1).max(8),
  /** Passages that a question is answered from: those of the answer, and the next that would take their place. */
  considered: z.number().int().min(1).max(16),
  /** What a similarity is multiplied by before shares are taken: the higher, the more the best passage has. */
  sharpness: z.number().positive().max(200),
  /** Passes over the contributed questions. */
  epochs: z.number().int().min(0).max(1_000),
  batch: z.number().int().min(1).max(1_024),
  learningRate: z.number().positive().max(1),
  /** Wrong passages that each question is trained against besides those of the other questions of its batch. */
  wrongPassages: z.number().int().min(0).max(32),
  seed: z.number().int().min(0).max(0xffffffff),
});

export type AnswersRecipe = z.output<typeof answersRecipeSchema>;
export type EncoderChoice = AnswersRecipe["encoders"][number];

/** Length of the vectors that texts become. */
export function dimensionOf({ encoders }: Pick<AnswersRecipe, "encoders">): number {
  return encoders.reduce((sum, { dimension }) => sum + dimension, 0);
}
