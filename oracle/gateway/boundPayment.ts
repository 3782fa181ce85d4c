import type { Hash } from "@openledger/protocol/hex.ts";
import { paymentNonce } from "@openledger/protocol/paymentNonce.ts";
import { PaymentError } from "../common/errors.ts";
import { type InferenceRequest, requestHash } from "../jobs/receiptFiles.ts";

/** A request, the nonce of the payment for it, and the salt under which the one binds the other. */
export interface BoundPayment {
  readonly request: InferenceRequest;
  readonly payment: { readonly nonce: Hash };
  /** Undefined for a payment that binds nothing. */
  readonly salt?: Hash | undefined;
}

/** @throws PaymentError for a salt under which the payment's nonce binds another model or request */
export function requireBound(modelId: bigint, { request, payment, salt }: BoundPayment): void {
  if (salt === undefined || paymentNonce(modelId, requestHash(request), salt) === payment.nonce) return;
  throw new PaymentError("the payment's nonce does not bind this request", {
    value: payment.nonce,
    limit: "keccak256(abi.encode(modelId, requestHash, salt))",
    remedy: "Make the nonce from the request and the salt that you send, or send no salt.",
  });
}
