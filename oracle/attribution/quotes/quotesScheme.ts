import { z } from "zod";

/**
 * Parameters of the settlement scheme `quoted-passages/1`: an answer is owed to the contributions whose passages made it likelier, by their exact Shapley
 * values in its log-likelihood; a contribution's quality is the same for the right answers to the validators' questions.
 */
export const quotesSchemeSchema = z.strictObject({
  method: z.literal("quoted-passages/1"),
  numerics: z.literal("ieee-sequential/1"),
  /** Most contributions of a version, each with a column of its own: a multiple of 32, as the chain stores features in words of 32 bytes. */
  rank: z.number().int().min(32).max(1_024).multipleOf(32).default(1_024),
});

export type QuotesScheme = z.output<typeof quotesSchemeSchema>;

export function defaultQuotesScheme(): QuotesScheme {
  return quotesSchemeSchema.parse({ method: "quoted-passages/1", numerics: "ieee-sequential/1" });
}
