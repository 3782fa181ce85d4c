import { parseContentId } from "../content/cid.ts";
import { receiptBytes, type StoredReceipts } from "../settlement/bundleReceipts.ts";
import { openFunctional } from "../settlement/functional.ts";
import { countReceipts, type ReceiptFacts } from "../settlement/receipts.ts";
import type { ContentFiles } from "./contentFiles.ts";
import type { ReceiptRecord } from "./receiptFiles.ts";
import type { PlacedReceipt, UsableReceipts } from "./usableReceipts.ts";

/** What a pool's receipts are folded with. */
export interface FoldedFrom extends Omit<ReceiptFacts, "receipts"> {
  readonly usable: UsableReceipts;
  /** G of the version. */
  readonly direction: Int16Array;
  /** ψ of each answer, in the order of the records. */
  readonly featuresOf: (records: Iterable<ReceiptRecord>) => AsyncIterable<Float64Array>;
  readonly content: Pick<ContentFiles, "put">;
}

/** What is left of a pool's receipts when they were counted: F, and the file of those that count. */
export interface FoldedReceipts {
  readonly functional: Int16Array;
  readonly receipts: StoredReceipts;
}

/** Counts the receipts of a pool and adds up their ψ one by one, in the order of the receipts tree. */
export async function foldReceipts(from: FoldedFrom): Promise<FoldedReceipts> {
  const { usable, direction, featuresOf, content } = from;
  const { counted, unexplained } = countReceipts({ ...from, receipts: usable.receipts });
  const functional = openFunctional(direction);
  let q = 0;
  for await (const psi of featuresOf(recordsOf(usable, counted)))
    functional.add({ psi, counted: counted[q++]!.counted });
  const file = receiptBytes(counted);
  const cid = parseContentId(await content.put(file));
  return { functional: functional.close(unexplained), receipts: { cid, bytes: file.length } };
}

function* recordsOf(usable: UsableReceipts, counted: readonly PlacedReceipt[]): Generator<ReceiptRecord> {
  for (const receipt of counted) yield usable.recordOf(receipt);
}
