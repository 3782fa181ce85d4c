import { formatOpen } from "@openledger/protocol/units.ts";
import { z } from "zod";
import { OpenLedgerError } from "../../common/errors.ts";
import { openSpendingFile } from "../spendingFile.ts";
import type { ApiKey } from "./apiKeys.ts";

/** A key has spent what it may spend. */
export class BudgetError extends OpenLedgerError {
  override readonly exitCode = 77;
}

/** Counts what each key spends in a day (UTC) against its limits. */
export interface KeyBudgets {
  spentToday(key: Pick<ApiKey, "id">): bigint;
  /**
   * Takes a price before anything is signed for it; it is on disk when this returns. It stays taken whatever comes of the call:
   * whoever has the voucher can claim it.
   *
   * @throws BudgetError where it exceeds a limit; nothing is taken then
   */
  take(key: Pick<ApiKey, "id" | "perCall" | "perDay">, price: bigint): void;
  /** Lets another process use the file. */
  close(): void;
}

const fileSchema = z.strictObject({
  format: z.literal("openledger-key-spending/1"),
  day: z.string(),
  spent: z.record(z.string(), z.string().regex(/^\d+$/u).transform(BigInt)),
});
type Spending = Omit<z.output<typeof fileSchema>, "format">;

/** @param clock milliseconds since 1970. @throws ContentError for a file that cannot be read as one: it is never taken for an empty one */
export function openKeyBudgets(file: string, clock: () => number = Date.now): KeyBudgets {
  const record = openSpendingFile(file, fileSchema);
  let kept: Spending = record.before ?? { day: "", spent: {} };
  const today = () => new Date(clock()).toISOString().slice(0, 10);
  // a clock that goes back begins no new day
  const current = (): Spending => (today() > kept.day ? { day: today(), spent: {} } : kept);

  return {
    spentToday: ({ id }) => current().spent[id] ?? 0n,
    take: ({ id, perCall, perDay }, price) => {
      const { day, spent } = current();
      const before = spent[id] ?? 0n;
      requireWithin("one call", price, 0n, perCall);
      requireWithin("a day", price, before, perDay);
      const next = { day, spent: { ...spent, [id]: before + price } };
      record.keep({ format: "openledger-key-spending/1", ...next });
      kept = next;
    },
    close: record.close,
  };
}

function requireWithin(span: string, price: bigint, before: bigint, limit: bigint): void {
  if (before + price <= limit) return;
  throw new BudgetError(`the price exceeds what the API key may spend in ${span}`, {
    value: `${formatOpen(price)} OPEN${before === 0n ? "" : `, with ${formatOpen(before)} OPEN spent`}`,
    limit: `${formatOpen(limit)} OPEN`,
    remedy: "Use a cheaper model, or a key with a higher limit: npx openledger proxy keys add.",
  });
}
