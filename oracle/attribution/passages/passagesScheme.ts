import { z } from "zod";

/**
 * Parameters of the settlement scheme `passages/1`: an answer is owed to the contributions whose passages it was made of, and a
 * contribution's quality is what it does for the right answers to the validators' questions.
 */
export const passagesSchemeSchema = z.strictObject({
  method: z.literal("passages/1"),
  numerics: z.literal("ieee-sequential/1"),
  /** Most contributions of a version, each with a column of its own: a multiple of 32, as the chain stores features in words of 32 bytes. */
  rank: z.number().int().min(32).max(1_024).multipleOf(32).default(1_024),
});

export type PassagesScheme = z.output<typeof passagesSchemeSchema>;

export function defaultPassagesScheme(): PassagesScheme {
  return passagesSchemeSchema.parse({ method: "passages/1", numerics: "ieee-sequential/1" });
}
