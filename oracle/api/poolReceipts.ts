import type { z } from "zod";
import type { SettledRoot } from "../jobs/settledRoots.ts";
import type { poolReceipts } from "./schemas.ts";

/** The receipts behind the pools that these payments come from, in the order of the root. */
export async function poolReceiptsOf(
  { bundle, receipts }: Pick<SettledRoot, "bundle" | "receipts">,
  payments: readonly { readonly modelId: bigint; readonly epoch: bigint }[],
): Promise<z.output<typeof poolReceipts>[]> {
  const behind: z.output<typeof poolReceipts>[] = [];
  for (const [p, { modelId, epoch, pool }] of bundle.inputs.pools.entries()) {
    if (!payments.some((payment) => payment.modelId === modelId && payment.epoch === epoch)) continue;
    behind.push({ modelId, epoch, pool, ...(await receipts.sum(p)) });
  }
  return behind;
}
