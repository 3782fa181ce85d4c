import type { Hash } from "@openledger/protocol/hex.ts";
import { PaymentError } from "../../common/errors.ts";
import { hash32 } from "../authorisation.ts";
import type { PaidAnswer } from "../paidCall.ts";
import type { ExactPayment, Extension } from "./wire.ts";

/** Our extension: the receipt that pays the contributors, and a nonce that binds the request. */
export const OPENLEDGER_RECEIPT = "openledger-receipt";

/** @param market the address of InferenceMarket, in whose domain receipts are signed */
export function receiptDeclaration(market: string, modelId: bigint): Extension {
  return {
    info: { market, modelId: modelId.toString(), nonce: "keccak256(abi.encode(modelId, requestHash, salt))" },
    schema: {
      $schema: "https://json-schema.org/draft/2020-12/schema",
      type: "object",
      properties: { salt: { type: "string", pattern: "^0x[0-9a-fA-F]{64}$" } },
    },
  };
}

export function receiptStatement(market: string, { receipt, signature }: PaidAnswer) {
  return { info: { market, receipt, signature } };
}

/** The salt of a nonce that binds the request; undefined where the client binds nothing. @throws PaymentError for no salt */
export function saltOf({ extensions }: Pick<ExactPayment, "extensions">): Hash | undefined {
  const salt = extensions?.[OPENLEDGER_RECEIPT]?.info?.["salt"];
  if (salt === undefined) return undefined;
  const read = hash32.safeParse(salt);
  if (read.success) return read.data;
  throw new PaymentError("the salt of the payment's nonce cannot be used", {
    value: salt,
    limit: "32 bytes in hexadecimal",
    remedy: "Send the salt that the nonce was made with, or none.",
  });
}
