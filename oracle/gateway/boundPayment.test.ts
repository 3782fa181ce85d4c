import { keccakText } from "@openledger/protocol/keccak.ts";
import { paymentNonce } from "@openledger/protocol/paymentNonce.ts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PaymentError } from "../common/errors.ts";
import { requestHash } from "../jobs/receiptFiles.ts";
import { requireBound } from "./boundPayment.ts";

const salt = keccakText("salt");
const requestOf = (input: string) => ({ kind: "text" as const, input });
const boundTo = (modelId: bigint, input: string) => ({
  request: requestOf(input),
  payment: { nonce: paymentNonce(modelId, requestHash(requestOf(input)), salt) },
  salt,
});

describe("a payment that binds its request", () => {
  it("is refused for another request, another model and another salt", () => {
    const bound = boundTo(7n, "question");
    for (const [modelId, call] of [
      [7n, { ...bound, request: requestOf("another question") }],
      [8n, bound],
      [7n, { ...bound, salt: keccakText("another salt") }],
    ] as const)
      expect(() => requireBound(modelId, call)).toThrow(PaymentError);
  });

  it("is taken for what it binds, and without a salt for anything", () => {
    const model = fc.bigInt({ min: 1n, max: 1n << 64n });
    fc.assert(
      fc.property(model, fc.string({ minLength: 1 }), (modelId, input) => {
        const bound = boundTo(modelId, input);
        requireBound(modelId, bound);
        requireBound(modelId + 1n, { ...bound, salt: undefined });
      }),
    );
  });
});
