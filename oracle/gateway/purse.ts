import type { Address } from "@openledger/protocol/hex.ts";
import { formatOpen } from "@openledger/protocol/units.ts";
import { z } from "zod";
import { InputError } from "../common/errors.ts";
import { openSpendingFile } from "./spendingFile.ts";

/** What a program may spend without asking anybody, in OPEN wei. */
export interface SpendLimits {
  readonly perCall: bigint;
  readonly total: bigint;
}

/** Counts what is spent against its limits. */
export interface Purse {
  readonly limits: SpendLimits;
  spent(): bigint;
  /**
   * Takes an amount before it is signed away, on disk where there is a file. It stays taken whatever comes of the payment: who has
   * a signed authorization may use it until it expires.
   *
   * @throws InputError where it exceeds a limit; nothing is taken then
   */
  take(amount: bigint): void;
  /** Lets another process use the file. */
  close(): void;
}

const fileSchema = z.strictObject({
  format: z.literal("openledger-spent/1"),
  account: z.string(),
  spent: z.string().regex(/^\d+$/u).transform(BigInt),
});

/**
 * A purse of an account. With a file, what was spent outlives the process, and one process at a time spends.
 *
 * @throws ContentError for a file that cannot be read as one: it is never taken for an empty one; InputError for another account's
 */
export function openPurse(limits: SpendLimits, account: Address, file?: string): Purse {
  if (file === undefined) return createPurse(limits, 0n, () => {}, noLock);
  const { before, keep, close } = openSpendingFile(file, fileSchema, (read) => requireOwn(read.account, account));
  const format = "openledger-spent/1";
  return createPurse(limits, before?.spent ?? 0n, (spent) => keep({ format, account, spent }), close);
}

const noLock = () => {};

function createPurse(limits: SpendLimits, before: bigint, keep: (spent: bigint) => void, release: () => void): Purse {
  let spent = before;
  return {
    limits,
    spent: () => spent,
    take: (amount) => {
      requireWithin(limits, spent, amount);
      keep(spent + amount);
      spent += amount;
    },
    close: release,
  };
}

/** @throws InputError where the amount exceeds what one call, or all calls together, may spend */
function requireWithin({ perCall, total }: SpendLimits, spent: bigint, amount: bigint): void {
  if (amount > perCall) {
    throw new InputError("the price exceeds what one call may spend", {
      value: `${formatOpen(amount)} OPEN`,
      limit: `${formatOpen(perCall)} OPEN for each call`,
      remedy: "Use a cheaper model, or have whoever runs this program raise --max-per-call.",
    });
  }
  if (spent + amount <= total) return;
  throw new InputError("the price exceeds what is left to spend", {
    value: `${formatOpen(amount)} OPEN, with ${formatOpen(spent)} OPEN spent`,
    limit: `${formatOpen(total)} OPEN in total`,
    remedy: "Have whoever runs this program raise --max-total.",
  });
}

/** @throws InputError */
function requireOwn(value: string, account: Address): void {
  if (value === account) return;
  throw new InputError("the record of spending is another account's", {
    value,
    limit: account,
    remedy: "Name a file of its own for each account.",
  });
}
