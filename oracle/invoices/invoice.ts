import type { Receipt } from "@openledger/protocol/eip712/receipt.ts";
import { asAddress, asHash, type Address, type Hash, type Hex } from "@openledger/protocol/hex.ts";
import { buildReceiptsTree, compareReceipts } from "@openledger/protocol/trees/receiptsTree.ts";
import { z } from "zod";
import { DisagreementError } from "../common/errors.ts";
import { receiptSchema } from "../jobs/receiptFiles.ts";

/** A receipt that somebody is billed for. */
export interface BilledReceipt {
  readonly modelId: bigint;
  readonly receipt: Receipt;
  /** Of the model's provider. */
  readonly signature: Hex;
}

const monthText = z.string().regex(/^\d{4}-(0[1-9]|1[0-2])$/u, "a month, such as 2026-11");
const integer = z
  .string()
  .regex(/^(0|[1-9]\d{0,77})$/u, "a decimal integer")
  .transform(BigInt);

/** What a consumer owes for a month, or has paid: every receipt, their sum, and the root of the sum tree over them. */
export const invoiceSchema = z.strictObject({
  format: z.literal("openledger-invoice/1"),
  chainId: z.number().int().positive(),
  consumer: z.string().transform((text) => asAddress(text)),
  /** In UTC. */
  month: monthText,
  lines: z.array(
    z.strictObject({
      modelId: integer,
      receipt: receiptSchema,
      signature: z.custom<Hex>((value) => typeof value === "string" && /^0x[0-9a-f]+$/u.test(value)),
    }),
  ),
  /** OPEN wei. */
  total: integer,
  root: z.string().transform((text) => asHash(text)),
});
export type Invoice = z.output<typeof invoiceSchema>;

/** Unix seconds of a month's begin, and of the next one's. */
export function monthSpan(month: string): { readonly from: bigint; readonly to: bigint } {
  const [year, number] = monthText.parse(month).split("-").map(Number) as [number, number];
  const seconds = (months: number) => BigInt(Date.UTC(year, months) / 1_000);
  return { from: seconds(number - 1), to: seconds(number) };
}

/** The invoice over those of the receipts that are the consumer's and of the month. Which order they come in does not matter. */
export function makeInvoice(
  chainId: number,
  consumer: Address,
  month: string,
  receipts: readonly BilledReceipt[],
): Invoice {
  const { from, to } = monthSpan(month);
  const lines = receipts
    .filter(({ receipt }) => receipt.consumer === consumer && receipt.time >= from && receipt.time < to)
    .toSorted((a, b) => compareReceipts(a.receipt, b.receipt));
  return { format: "openledger-invoice/1", chainId, consumer, month, lines, ...sumOf(lines) };
}

/**
 * Checks what an invoice says against itself: every receipt is the consumer's and of the month, no part of a payment is billed
 * twice, and total and root are theirs. Whether the receipts were signed, the chain knows.
 *
 * @throws DisagreementError with what is wrong
 */
export function checkInvoice({ consumer, month, lines, total, root }: Invoice): void {
  const { from, to } = monthSpan(month);
  const billed = new Map<Hash, Receipt[]>();
  for (const { receipt } of lines) {
    if (receipt.consumer !== consumer) throw wrong("a receipt is another consumer's", receipt, consumer);
    if (receipt.time < from || receipt.time >= to) throw wrong("a receipt is of another month", receipt, month);
    const others = billed.get(receipt.paymentId) ?? [];
    if (receipt.fee > receipt.cumulative || others.some((other) => overlap(other, receipt))) {
      throw wrong("a part of a payment is billed twice", receipt, "intervals of a payment that do not overlap");
    }
    billed.set(receipt.paymentId, [...others, receipt]);
  }
  const expected = sumOf(lines);
  if (expected.total !== total || expected.root !== root) {
    throw new DisagreementError("the invoice's total or root is not that of its receipts", {
      value: `${total} wei, ${root}`,
      limit: `${expected.total} wei, ${expected.root}`,
      remedy: "Do not pay by it; ask for the receipts.",
    });
  }
}

function sumOf(lines: Invoice["lines"]): { total: bigint; root: Hash } {
  const receipts = lines.map(({ receipt }) => receipt).toSorted(compareReceipts);
  const total = receipts.reduce((sum, { fee }) => sum + fee, 0n);
  return { total, root: asHash(buildReceiptsTree(receipts).root) };
}

/** Whether two receipts of one payment own a common part of it: (cumulative − fee, cumulative]. */
function overlap(a: Receipt, b: Receipt): boolean {
  return a.cumulative - a.fee < b.cumulative && b.cumulative - b.fee < a.cumulative;
}

function wrong(problem: string, { paymentId, time, consumer }: Receipt, limit: string): DisagreementError {
  return new DisagreementError(problem, {
    value: `payment ${paymentId} of ${consumer} at ${time}`,
    limit,
    remedy: "Do not pay by this invoice.",
  });
}
