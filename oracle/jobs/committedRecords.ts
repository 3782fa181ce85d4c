import { receiptType } from "@openledger/protocol/eip712/receipt.ts";
import type { Hash } from "@openledger/protocol/hex.ts";
import type { Context } from "./context.ts";
import { committedReceipts } from "./poolEvents.ts";
import { getReceipts, type ReceiptRecord } from "./receiptFiles.ts";

/** What the provider of a model committed for an epoch, with questions and answers, by the receipt's hash. */
export async function committedRecords(
  { events, content }: Pick<Context, "events" | "content">,
  modelId: bigint,
  epoch: bigint,
): Promise<Map<Hash, ReceiptRecord>> {
  const commitment = await committedReceipts(events, modelId, epoch);
  const records = commitment === undefined ? [] : await getReceipts(content, commitment.uri);
  return new Map(records.map((record) => [receiptType.hash(record.receipt), record]));
}
