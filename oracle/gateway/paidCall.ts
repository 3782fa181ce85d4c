import type { Receipt } from "@openledger/protocol/eip712/receipt.ts";
import { z } from "zod";
import { answerSchema, type InferenceAnswer, receiptSchema, requestHash, requestSchema } from "../jobs/receiptFiles.ts";
import { authorisationSchema, hash32 } from "./authorisation.ts";

/** The consumer's own name for a call, as x402's extension `payment-identifier` has it. */
export const identifierSchema = z
  .string()
  .min(16)
  .max(128)
  .regex(/^[a-zA-Z0-9_-]+$/u, "16 to 128 letters, digits, hyphens and underscores");

/**
 * What a consumer asks, the authorization that pays for it, and the salt of a nonce that binds the two. A payment without a
 * salt is taken as well; its receipt shows nobody that the consumer asked this.
 */
export const paidCallSchema = z.strictObject({
  request: requestSchema,
  payment: authorisationSchema,
  salt: hash32.optional(),
  identifier: identifierSchema.optional(),
});
export type PaidCall = z.output<typeof paidCallSchema>;

export const paidAnswerSchema = z.object({
  answer: answerSchema,
  receipt: receiptSchema,
  signature: z.string(),
  transaction: z.string(),
});

/** What a consumer gets: the answer, the provider's signed receipt for it, and the transaction that paid. */
export interface PaidAnswer {
  readonly answer: InferenceAnswer;
  readonly receipt: Receipt;
  readonly signature: string;
  /** Its hash; empty where the answer was given before providers kept it. */
  readonly transaction: string;
}

/** Whether two calls ask one model the same. */
export function asksSame(
  a: { readonly modelId: bigint; readonly call: Pick<PaidCall, "request"> },
  b: { readonly modelId: bigint; readonly call: Pick<PaidCall, "request"> },
): boolean {
  return a.modelId === b.modelId && requestHash(a.call.request) === requestHash(b.call.request);
}
