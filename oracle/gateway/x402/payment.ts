import type { z } from "zod";
import { PaymentError } from "../../common/errors.ts";
import type { VoucherCall } from "../channels/voucherCall.ts";
import type { PaidCall } from "../paidCall.ts";
import { identifierOf } from "./identifier.ts";
import { saltOf } from "./receiptExtension.ts";
import { isSameDemand } from "./requirements.ts";
import { decodeHeader, exactPaymentSchema, type Requirements, voucherPaymentSchema, X402_VERSION } from "./wire.ts";

/** A payment that has come in, as a call takes it. */
export type PresentedPayment = Omit<PaidCall, "request">;
export type PresentedVoucher = Omit<VoucherCall, "request">;

/**
 * Reads the header PAYMENT-SIGNATURE, or what was in it. Whether it is signed and covered is seen when it is taken.
 *
 * @throws PaymentError for a payment of another form, or for something else than what is asked
 */
export function readPayment(header: string | object, accepts: readonly Requirements[]): PresentedPayment {
  const read = exactPaymentSchema.safeParse(typeof header === "string" ? decodeHeader(header) : header);
  if (!read.success) throw unreadable(read.error.issues[0]!, "exact");
  const { accepted, payload, extensions } = read.data;
  const demand = accepts.find((one) => isSameDemand(one, accepted));
  if (demand === undefined) throw otherDemand(accepted, accepts);
  const { to, ...authorization } = payload.authorization;
  if (!isSameDemand({ ...demand, payTo: to }, demand)) {
    throw new PaymentError("the authorization pays somebody else", {
      value: to,
      limit: demand.payTo,
      remedy: "Sign one to the address in payTo.",
    });
  }
  const salt = saltOf({ extensions });
  const identifier = identifierOf({ extensions });
  return {
    payment: { ...authorization, signature: payload.signature },
    ...(salt === undefined ? {} : { salt }),
    ...(identifier === undefined ? {} : { identifier }),
  };
}

/** The scheme by which a payment pays, as far as it says. */
export function schemeOf(payment: unknown): unknown {
  return (payment as { readonly accepted?: { readonly scheme?: unknown } } | undefined)?.accepted?.scheme;
}

/**
 * Reads a payment by a channel. Whether the voucher is signed and covered is seen when it is taken.
 *
 * @throws PaymentError for a payment of another form, or for something else than what is asked
 */
export function readVoucherPayment(payment: unknown, demand: Requirements): PresentedVoucher {
  const read = voucherPaymentSchema.safeParse(payment);
  if (!read.success) throw unreadable(read.error.issues[0]!, demand.scheme);
  const { accepted, payload, extensions } = read.data;
  if (!isSameDemand(demand, accepted)) throw otherDemand(accepted, [demand]);
  return { payment: payload, identifier: identifierOf({ extensions }) };
}

function unreadable({ path, message }: z.core.$ZodIssue, scheme: string): PaymentError {
  return new PaymentError("the payment cannot be read", {
    value: path.length === 0 ? message : `${path.join(".")}: ${message}`,
    limit: `PAYMENT-SIGNATURE with the base64 of x402 version ${X402_VERSION}'s JSON, scheme ${scheme}`,
    remedy: "Use a client of x402 version 2, or make the payment as docs/consumers.md shows.",
  });
}

function otherDemand(accepted: Requirements, accepts: readonly Requirements[]): PaymentError {
  const inWords = ({ scheme, network, amount, asset, payTo }: Requirements) =>
    `${scheme} ${network} ${amount} of ${asset} to ${payTo}`;
  return new PaymentError("the payment is for something else than what is asked", {
    value: inWords(accepted),
    limit: accepts.map(inWords).join(", or "),
    remedy: "Take one of `accepts` of this answer as it is.",
  });
}
