import { z } from "zod";
import { DisagreementError, InputError, NotFoundError, OpenLedgerError } from "../common/errors.ts";
import { toJson } from "../common/json.ts";
import type { InferenceRequest } from "../jobs/receiptFiles.ts";
import { postToProvider, type ProviderReply } from "./postToProvider.ts";
import { decodeHeader, type PaymentRequired, paymentRequiredSchema } from "./x402/wire.ts";

/** What a provider's gateway answers to a question: the answer, or how to pay for it. */
export type GatewayReply =
  | { readonly kind: "answer"; readonly text: string; readonly paymentResponse: unknown }
  | { readonly kind: "unpaid"; readonly required: PaymentRequired };

const problemSchema = z.object({
  error: z.string(),
  value: z.unknown().optional(),
  limit: z.string().optional(),
  remedy: z.string().optional(),
});

/**
 * Asks for an answer of a model, with whatever payment there is; without one nothing can be paid or computed.
 *
 * @param payment the header PAYMENT-SIGNATURE
 * @throws InputError for a question that the model cannot read; NotFoundError for a model that the provider does not serve;
 * ChainError where the provider does not answer
 */
export async function askGateway(
  providerUrl: string,
  modelId: bigint,
  request: InferenceRequest,
  payment?: string,
): Promise<GatewayReply> {
  const { response, text } = await postQuestion(providerUrl, modelId, request, payment);
  if (response.ok) {
    return { kind: "answer", text, paymentResponse: decodeHeader(response.headers.get("payment-response") ?? "") };
  }
  if (response.status === 402) return { kind: "unpaid", required: readRequired(response, providerUrl) };
  const { error, value = response.status, limit, remedy } = readRefusal(text);
  const details = {
    value,
    ...(limit === undefined ? {} : { limit }),
    ...(remedy === undefined ? {} : { remedy }),
  };
  if (response.status === 404) throw new NotFoundError(error, details);
  if (response.status < 500) throw new InputError(error, details);
  throw new OpenLedgerError(`the provider cannot answer: ${error}`, { ...details, retryable: true });
}

/** Sends a question to a provider's gateway. @throws ChainError where nobody answers */
export function postQuestion(
  providerUrl: string,
  modelId: bigint,
  request: InferenceRequest,
  payment?: string,
): Promise<ProviderReply> {
  return postToProvider(providerUrl, `/v1/models/${modelId}/infer`, toJson(request), payment);
}

/** What a provider says when it does not answer; a text as it is where it is not in the API's form. */
export function readRefusal(text: string): z.output<typeof problemSchema> {
  try {
    return problemSchema.parse(JSON.parse(text));
  } catch {
    return { error: text };
  }
}

function readRequired(response: Response, providerUrl: string): PaymentRequired {
  const read = paymentRequiredSchema.safeParse(decodeHeader(response.headers.get("payment-required") ?? ""));
  if (read.success) return read.data;
  throw new DisagreementError("the provider asks to be paid in a form that is not x402 version 2", {
    value: providerUrl,
    limit: "the header PAYMENT-REQUIRED",
    remedy: "Use another provider.",
  });
}
