import type { z } from "zod";
import type * as schemas from "../../api/schemas.ts";
import { formatRounded } from "../output.ts";
import type { Payment } from "./formula.ts";

type Pool = z.output<typeof schemas.poolReceipts>;

/** What a model's answers brought in an epoch, and what of it these payments are. */
export function renderPool({ modelId, epoch, pool, receipts, counted }: Pool, payments: readonly Payment[]): string {
  const here = payments.filter((payment) => payment.modelId === modelId && payment.epoch === epoch);
  const part = here.reduce((sum, { payout }) => sum + payout, 0n);
  const share = pool === 0n ? 0 : Number((part * 10_000n) / pool) / 100;
  return (
    `Model ${modelId}, epoch ${epoch}: ${receipts} receipts count for ${formatRounded(counted)} OPEN of fees; contributors ` +
    `share ${formatRounded(pool)} OPEN, this gets ${formatRounded(part)} of it (${share.toFixed(2)} %).`
  );
}
