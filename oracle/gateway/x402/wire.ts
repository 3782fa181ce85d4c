import { z } from "zod";
import { toJson } from "../../common/json.ts";
import { authorisationSchema } from "../authorisation.ts";
import { voucherPayloadSchema } from "../channels/voucherCall.ts";

/** The version of the protocol: https://github.com/coinbase/x402, specs/x402-specification-v2.md. */
export const X402_VERSION = 2;

/** Longest header that is read: a payment of a smart account with a long signature, and the echo of our extensions. */
const MAX_HEADER = 16_384;

/** What a seller wants for a resource, by one way of paying. */
export const requirementsSchema = z.object({
  scheme: z.string(),
  network: z.string(),
  /** In the asset's smallest unit. */
  amount: z.string(),
  asset: z.string(),
  payTo: z.string(),
  maxTimeoutSeconds: z.number(),
  extra: z.record(z.string(), z.unknown()).nullish(),
});
export type Requirements = z.output<typeof requirementsSchema>;

/** What an extension says, and the JSON schema of it. */
export interface Extension {
  readonly info: object;
  readonly schema: object;
}

/** The answer to who has not paid, in the header PAYMENT-REQUIRED and in the body. */
export interface PaymentRequired {
  readonly x402Version: typeof X402_VERSION;
  readonly error: string;
  readonly resource: { readonly url: string; readonly description: string; readonly mimeType: string };
  readonly accepts: readonly Requirements[];
  readonly extensions: Readonly<Record<string, Extension>>;
}

/** The same as somebody else's server says it. */
export const paymentRequiredSchema = z.object({
  x402Version: z.literal(X402_VERSION),
  error: z.string(),
  resource: z.object({ url: z.string(), description: z.string(), mimeType: z.string() }),
  accepts: z.array(requirementsSchema).min(1),
  extensions: z.record(z.string(), z.object({ info: z.looseObject({}), schema: z.looseObject({}) })),
});

/** What the extensions of a payment may say to a seller; clients echo what the seller said as well. */
const echoed = z.record(z.string(), z.looseObject({ info: z.looseObject({}).optional() }).catch({})).nullish();

/** The header PAYMENT-SIGNATURE of the scheme `exact` with an ERC-3009 authorization. */
export const exactPaymentSchema = z.object({
  x402Version: z.literal(X402_VERSION),
  accepted: requirementsSchema,
  payload: z.object({
    authorization: authorisationSchema.omit({ signature: true }).extend({ to: z.string() }),
    signature: authorisationSchema.shape.signature,
  }),
  extensions: echoed,
});
export type ExactPayment = z.output<typeof exactPaymentSchema>;

/** The same of the scheme `batch-settlement`. */
export const voucherPaymentSchema = z.object({
  x402Version: z.literal(X402_VERSION),
  accepted: requirementsSchema,
  payload: voucherPayloadSchema,
  extensions: echoed,
});

/** The answer to who has paid, in the header PAYMENT-RESPONSE. */
export interface SettleResponse {
  readonly success: boolean;
  readonly errorReason?: string;
  readonly errorMessage?: string;
  readonly payer?: string;
  /** Hash of the transaction; empty where there is none. */
  readonly transaction: string;
  readonly network: string;
  readonly amount?: string;
  /** What the scheme adds. */
  readonly extra?: object;
  readonly extensions?: Readonly<Record<string, Omit<Extension, "schema">>>;
}

/** CAIP-2. */
export function networkOf(chainId: number): string {
  return `eip155:${chainId}`;
}

export function encodeHeader(value: unknown): string {
  return Buffer.from(toJson(value)).toString("base64");
}

/** The JSON in a header; undefined where it is none, or too long. */
export function decodeHeader(header: string): unknown {
  if (header.length > MAX_HEADER) return undefined;
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(header, "base64")));
  } catch {
    return undefined;
  }
}
