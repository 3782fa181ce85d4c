import { z } from "zod";

/**
 * Parameters of the settlement scheme `adapter-kernel/1`: an answer is owed to the contributions whose lessons made the model give it, by the kernel of
 * the adapter's gradients.
 */
export const chatSchemeSchema = z.strictObject({
  method: z.literal("adapter-kernel/1"),
  numerics: z.literal("ieee-sequential/1"),
  /** λ as a part of the kernel's mean diagonal. */
  damping: z.number().positive().max(100).default(0.3),
  /** Most contributions of a version, each with a column of its own: a multiple of 32, as the chain stores features in words of 32 bytes. */
  rank: z.number().int().min(32).max(1_024).multipleOf(32).default(1_024),
});

export type ChatScheme = z.output<typeof chatSchemeSchema>;

export function defaultChatScheme(): ChatScheme {
  return chatSchemeSchema.parse({ method: "adapter-kernel/1", numerics: "ieee-sequential/1" });
}
