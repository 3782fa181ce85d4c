import { receiptCodec } from "./codecs.ts";
import { checkFile, type BundleFile } from "./manifest.ts";
import type { CountedReceipt } from "./receipts.ts";

/** A file of a bundle with the receipts that count in a pool, as it is stored: of a million nobody holds all at once. */
export type StoredReceipts = Pick<BundleFile, "cid" | "bytes">;

/** The content of such a file. */
export function receiptBytes(counted: Iterable<CountedReceipt>): Uint8Array {
  return receiptCodec.encode(rowsOf(counted));
}

/**
 * The receipts that count in a pool, one by one.
 *
 * @param content what the file's name was found to stand for
 * @throws ContentError when it is not the file that the manifest names, or is malformed
 */
export function* receiptRows(file: BundleFile, content: Uint8Array): Generator<CountedReceipt> {
  checkFile(file, content);
  yield* receiptCodec.rows(content, file.path);
}

/** What a row states, whatever else is known of a receipt. */
function* rowsOf(counted: Iterable<CountedReceipt>): Generator<CountedReceipt> {
  for (const { receipt, signature, counted: amount } of counted) yield { receipt, signature, counted: amount };
}
