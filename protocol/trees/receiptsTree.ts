import { OrderError } from "../errors.ts";
import { fromHex, type Hash } from "../hex.ts";
import { receiptType, type Receipt } from "../eip712/receipt.ts";
import { buildSumTree, LEAF_PREFIX, sumLeaf, type SumNode, type SumTree } from "./sumTree.ts";

/** Leaf of the receipts tree. */
export function receiptLeaf(receipt: Receipt): SumNode {
  return sumLeaf(preimage(receiptType.hash(receipt)), receipt.fee);
}

/** Negative, zero or positive, as `a` comes before, with or after `b`: by time, then by paymentId, then by cumulative. */
export function compareReceipts(a: Receipt, b: Receipt): number {
  if (a.time !== b.time) return a.time < b.time ? -1 : 1;
  if (a.paymentId !== b.paymentId) return a.paymentId < b.paymentId ? -1 : 1;
  if (a.cumulative !== b.cumulative) return a.cumulative < b.cumulative ? -1 : 1;
  return 0;
}

/**
 * The receipts tree of a model in an epoch.
 *
 * @param receipts ascending by (time, paymentId, cumulative); equal keys are allowed, since only one of them can count.
 * @throws OrderError | OutOfRangeError
 */
export function buildReceiptsTree(receipts: readonly Receipt[]): SumTree {
  for (let i = 1; i < receipts.length; i++) {
    const receipt = receipts[i]!;
    if (compareReceipts(receipts[i - 1]!, receipt) > 0) {
      throw new OrderError("receipt", i, `time ${receipt.time}, payment ${receipt.paymentId}`);
    }
  }
  return buildSumTree(
    receipts.length,
    (i) => preimage(receiptType.hash(receipts[i]!)),
    (i) => receipts[i]!.fee,
  );
}

/** The same of receipts whose struct hashes are known, in whatever order they are given. */
export function receiptsTreeOf(receipts: readonly { readonly hash: Hash; readonly fee: bigint }[]): SumTree {
  return buildSumTree(
    receipts.length,
    (i) => preimage(receipts[i]!.hash),
    (i) => receipts[i]!.fee,
  );
}

function preimage(structHash: Hash): Uint8Array {
  const bytes = new Uint8Array(33);
  bytes[0] = LEAF_PREFIX;
  bytes.set(fromHex(structHash), 1);
  return bytes;
}
