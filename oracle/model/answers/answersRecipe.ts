import { z } from "zod";

/** Weighted search terms, hashed: needs nothing but the passages. */
const hashedTerms = z.strictObject({
  kind: z.literal("hashed-terms/1"),
  dimension: z.number().int().min(64).max(2_048),
});

/** A pretrained encoder, by the hash of its files. */
const bert = z.strictObject({
  kind: z.literal("bert/1"),
  base: z.string(),
  dimension: z.number().int().min(8).max(2_048),
});

const encoder = z.discriminatedUnion("kind", [hashedTerms, bert]);

/**
 * How a version that answers with passages is made. Whatever changes a bit of it is here or in the data.
 */
export const answersRecipeSchema = z
  .strictObject({
    format: z.literal("openledger-answers-recipe/1"),
    /** The vectors that texts are compared by. Questions go through the trained projection in the first; the second is compared as it is. */
    encoders: z.array(encoder).min(1).max(2),
    /** What a similarity in the second encoder counts beside one in the first. */
    beside: z.number().positive().max(10).optional(),
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
  })
  .refine(
    ({ encoders, beside }) => (encoders.length === 2) === (beside !== undefined),
    "beside is given for two encoders",
  );

export type AnswersRecipe = z.output<typeof answersRecipeSchema>;
export type EncoderChoice = AnswersRecipe["encoders"][number];

/** Length of the vectors that the projection is trained on. */
export function projectedDimension({ encoders }: Pick<AnswersRecipe, "encoders">): number {
  return encoders[0]!.dimension;
}

/** What each encoder's similarities count. */
export function weightsOf({ beside }: Pick<AnswersRecipe, "beside">): number[] {
  return beside === undefined ? [1] : [1, beside];
}
