import { digestOf } from "@openledger/protocol/eip712/domain.ts";
import { receiptType } from "@openledger/protocol/eip712/receipt.ts";
import type { Hash } from "@openledger/protocol/hex.ts";
import { z } from "zod";
import { type InferenceRequest, receiptSchema, requestHash, requestSchema } from "../../jobs/receiptFiles.ts";
import type { PaidResponse } from "../channels/channelPayer.ts";
import type { Offer } from "../client.ts";
import { chatRequestSchema, promptOf, questionOf } from "../openai/chatRequest.ts";
import { oneText } from "../openai/oneText.ts";
import { keySignature } from "../signature.ts";
import { OPENLEDGER_RECEIPT } from "../x402/receiptExtension.ts";
import { decodeHeader } from "../x402/wire.ts";

const settledSchema = z.looseObject({
  extensions: z.looseObject({
    [OPENLEDGER_RECEIPT]: z.looseObject({
      info: z.looseObject({ receipt: receiptSchema, signature: z.string() }),
    }),
  }),
});
/** Whatever names the model: its channel is what the receipt is for. */
const chatSchema = chatRequestSchema.omit({ model: true });
const inputSchema = z.looseObject({ input: oneText });
/** What the routes that take one text make of it. */
const KINDS: Readonly<Record<string, InferenceRequest["kind"]>> = {
  "/v1/classify": "text",
  "/v1/embeddings": "embedding",
};
/** A version writes no more. */
const MOST_TOKENS = 4_096;

/**
 * The struct hash of the receipt that came with an answer by OpenAI's interface; undefined where it is not the provider's, or not for
 * what was asked and paid.
 */
export function receiptOfAnswer(
  { provider, receipts: domain, price }: Pick<Offer, "provider" | "receipts" | "price">,
  { headers, cumulative }: Pick<PaidResponse, "headers" | "cumulative">,
  { path, body, channelId }: { readonly path: string; readonly body: unknown; readonly channelId: Hash },
): Hash | undefined {
  const settled = settledSchema.safeParse(decodeHeader(headers.get("payment-response") ?? ""));
  if (!settled.success) return undefined;
  const { receipt, signature } = settled.data.extensions[OPENLEDGER_RECEIPT].info;
  const isPaid = receipt.paymentId === channelId && receipt.cumulative === cumulative && receipt.fee === price;
  const isSigned = keySignature(signature, digestOf(domain, receiptType, receipt))?.signer === provider;
  if (!isPaid || !isSigned || !isAsked(path, body, receipt.requestHash)) return undefined;
  return receiptType.hash(receipt);
}

/** Whether a provider reads this request so: as a question, or as a prompt with the choices that come with it. */
function isAsked(path: string, body: unknown, hash: Hash): boolean {
  const kind = KINDS[path];
  if (kind !== undefined) {
    const read = inputSchema.safeParse(body);
    return read.success && isRequest({ kind, input: read.data.input }, hash);
  }
  const read = chatSchema.safeParse(body);
  if (!read.success) return false;
  const question = questionOf(read.data);
  if (isRequest({ kind: "text", input: question }, hash)) return true;
  const { max_tokens: tokens, max_completion_tokens: completion } = read.data;
  const limit = completion ?? tokens;
  if (limit != null) return isRequest(promptOf(read.data, question, limit), hash);
  // where the request sets no limit the version's own is taken, which a customer does not know
  for (let most = 1; most <= MOST_TOKENS; most++) {
    if (isRequest(promptOf(read.data, question, most), hash)) return true;
  }
  return false;
}

function isRequest(asked: object, hash: Hash): boolean {
  const read = requestSchema.safeParse(asked);
  return read.success && requestHash(read.data) === hash;
}
