import type { Receipt } from "@openledger/protocol/eip712/receipt.ts";
import { asHash } from "@openledger/protocol/hex.ts";
import { z } from "zod";

/**
 * What a receipt is asked for by: the nonce of its payment, or `channel:cumulative`, the channel and where the receipt's part of
 * it ends.
 */
export const receiptName = z
  .string()
  .regex(
    /^0x[0-9a-fA-F]{64}(:[1-9]\d{0,77})?$/u,
    "32 bytes in hexadecimal, and of a channel a colon and the cumulative",
  )
  .transform((text) => {
    const [paymentId, cumulative] = text.split(":") as [string, string | undefined];
    return { paymentId: asHash(paymentId), cumulative: cumulative === undefined ? undefined : BigInt(cumulative) };
  });
export type ReceiptName = z.output<typeof receiptName>;

interface ReceiptKey extends Pick<Receipt, "cumulative" | "fee"> {
  readonly paymentId: string;
}

/** A receipt whose part begins with the payment is the first of it, and needs no more than the payment's id. */
export function nameOfReceipt({ paymentId, cumulative, fee }: ReceiptKey): string {
  return cumulative === fee ? paymentId : `${paymentId}:${cumulative}`;
}
