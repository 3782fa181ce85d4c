import type { z } from "zod";
import type { SettledRoot } from "../jobs/settledRoots.ts";
import type { poolReceipts } from "./schemas.ts";

/** The receipts behind the pools that these payments come from, in the order of the root. */
export function poolReceiptsOf(
  { bundle }: Pick<SettledRoot, "bundle">,
  payments: readonly { readonly modelId: bigint; readonly epoch: bigint }[],
): z.output<typeof poolReceipts>[] {
  return bundle.inputs.pools.flatMap(({ modelId, epoch, pool }, p) => {
    if (!payments.some((payment) => payment.modelId === modelId && payment.epoch === epoch)) return [];
    const receipts = bundle.receipts[p]!;
    const counted = receipts.reduce((sum, receipt) => sum + receipt.counted, 0n);
    return [{ modelId, epoch, pool, receipts: receipts.length, counted }];
  });
}
