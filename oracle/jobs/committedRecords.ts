import { receiptType, type Receipt } from "@openledger/protocol/eip712/receipt.ts";
import type { Hash } from "@openledger/protocol/hex.ts";
import type { Context } from "./context.ts";
import { committedReceipts } from "./poolEvents.ts";
import type { ReceiptRecord } from "./receiptFiles.ts";
import { openReceipts } from "./receiptLines.ts";

/** Of what the provider of a model committed for an epoch, the questions and answers of these receipts, by the receipt's hash. */
export async function committedRecords(
  { events, content }: Pick<Context, "events" | "content">,
  modelId: bigint,
  epoch: bigint,
  receipts: readonly Receipt[],
): Promise<Map<Hash, ReceiptRecord>> {
  const wanted = new Set(receipts.map((receipt) => receiptType.hash(receipt)));
  const found = new Map<Hash, ReceiptRecord>();
  const commitment = await committedReceipts(events, modelId, epoch);
  if (commitment === undefined) return found;
  for (const { record } of (await openReceipts(content, commitment.uri)).records()) {
    const hash = receiptType.hash(record.receipt);
    if (wanted.has(hash)) found.set(hash, record);
    if (found.size === wanted.size) break;
  }
  return found;
}
