import { z } from "zod";
import {
  ChainError,
  DisagreementError,
  InputError,
  messageOf,
  NotFoundError,
  OpenLedgerError,
} from "../common/errors.ts";
import { toJson } from "../common/json.ts";
import type { InferenceRequest } from "../jobs/receiptFiles.ts";
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
export async function postQuestion(
  providerUrl: string,
  modelId: bigint,
  request: InferenceRequest,
  payment?: string,
): Promise<{ readonly response: Response; readonly text: string }> {
  try {
    const response = await fetch(new URL(`/v1/models/${modelId}/infer`, providerUrl), {
      method: "POST",
      headers: {
        "content-type": "application/json",
        ...(payment === undefined ? {} : { "payment-signature": payment }),
      },
      body: toJson(request),
    });
    return { response, text: await response.text() };
  } catch (error) {
    throw new ChainError(`the provider does not answer: ${messageOf(error)}`, {
      value: providerUrl,
      remedy: "Check the provider's address, or ask again with the same salt: nothing is paid twice.",
      retryable: true,
      cause: error,
    });
  }
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
