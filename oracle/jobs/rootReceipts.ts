import type { BundleFile, Manifest } from "../settlement/manifest.ts";
import { receiptRows } from "../settlement/bundleReceipts.ts";
import type { CountedReceipt } from "../settlement/receipts.ts";
import type { ContentFiles } from "./contentFiles.ts";
import type { ReceiptName } from "./receiptName.ts";

/** What the receipts of a pool come to. */
export interface ReceiptSum {
  readonly receipts: number;
  /** Wei. */
  readonly counted: bigint;
}

/** The receipts that count in a root, pool after pool by the place of the pool. They are read from files: together they may be millions. */
export interface RootReceipts {
  /** Remembered: it costs one reading of the pool's file. */
  sum(pool: number): Promise<ReceiptSum>;
  /** Receipts of a pool in the order of its tree, from one of them on, so many at most. */
  page(pool: number, offset: number, limit: number): Promise<CountedReceipt[]>;
  /** Receipts of a pool that count for most, the dearest first, so many at most. */
  dearest(pool: number, count: number): Promise<CountedReceipt[]>;
  /** The first of this name, and the place of its pool. */
  find(name: ReceiptName): Promise<{ readonly pool: number; readonly receipt: CountedReceipt } | undefined>;
}

export function createRootReceipts(content: Pick<ContentFiles, "get">, { pools }: Manifest): RootReceipts {
  const sums = new Map<number, ReceiptSum>();
  const fileOf = (pool: number): BundleFile => pools[pool]!.receipts;

  async function sum(pool: number): Promise<ReceiptSum> {
    const known = sums.get(pool);
    if (known !== undefined) return known;
    let [receipts, counted] = [0, 0n];
    for (const row of receiptRows(fileOf(pool), await content.get(fileOf(pool).cid))) {
      receipts++;
      counted += row.counted;
    }
    sums.set(pool, { receipts, counted });
    return { receipts, counted };
  }

  async function page(pool: number, offset: number, limit: number): Promise<CountedReceipt[]> {
    const receipts: CountedReceipt[] = [];
    let place = 0;
    for (const row of receiptRows(fileOf(pool), await content.get(fileOf(pool).cid))) {
      if (receipts.length === limit) break;
      if (place++ >= offset) receipts.push(row);
    }
    return receipts;
  }

  async function dearest(pool: number, count: number): Promise<CountedReceipt[]> {
    let kept: CountedReceipt[] = [];
    for (const row of receiptRows(fileOf(pool), await content.get(fileOf(pool).cid))) {
      kept.push(row);
      if (kept.length >= 2 * count) kept = kept.sort(byCounted).slice(0, count);
    }
    return kept.sort(byCounted).slice(0, count);
  }

  return {
    sum,
    page,
    dearest,
    find: async ({ paymentId, cumulative }) => {
      for (const pool of pools.keys()) {
        const bytes = await content.get(fileOf(pool).cid);
        // to look for its text is much cheaper than to read the rows, and nearly every file is without it
        if (!Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(paymentId)) continue;
        for (const row of receiptRows(fileOf(pool), bytes)) {
          const { receipt } = row;
          const isIt =
            receipt.paymentId === paymentId && (cumulative === undefined || receipt.cumulative === cumulative);
          if (isIt) return { pool, receipt: row };
        }
      }
      return undefined;
    },
  };
}

/** The dearest first; a sort leaves those that count for the same in their order. */
function byCounted(a: CountedReceipt, b: CountedReceipt): number {
  return b.counted > a.counted ? 1 : b.counted < a.counted ? -1 : 0;
}
