import { existsSync, readFileSync } from "node:fs";
import type { Address } from "@openledger/protocol/hex.ts";
import { formatOpen } from "@openledger/protocol/units.ts";
import { z } from "zod";
import { ContentError, InputError, messageOf } from "../common/errors.ts";
import { writeDurably } from "../common/durableFile.ts";
import { withFileErrors } from "../common/fileErrors.ts";
import { lockProcess } from "../common/processLock.ts";

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
  const lock = lockProcess(`${file}.lock`, {
    what: `the record of spending ${file}`,
    instead: "use another file",
  });
  try {
    return createPurse(limits, readSpent(file, account), (spent) => writeSpent(file, account, spent), lock.release);
  } catch (error) {
    lock.release();
    throw error;
  }
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

function readSpent(file: string, account: Address): bigint {
  return withFileErrors(file, () => {
    if (!existsSync(file)) return 0n;
    let read: z.output<typeof fileSchema>;
    try {
      read = fileSchema.parse(JSON.parse(readFileSync(file, "utf8")));
    } catch (error) {
      throw new ContentError(`the record of spending cannot be read: ${messageOf(error)}`, {
        value: file,
        limit: "a file that this program has written",
        remedy: "Restore it, or name another file and begin anew.",
        cause: error,
      });
    }
    if (read.account === account) return read.spent;
    throw new InputError("the record of spending is another account's", {
      value: read.account,
      limit: account,
      remedy: "Name a file of its own for each account.",
    });
  });
}

function writeSpent(file: string, account: Address, spent: bigint): void {
  writeDurably(file, `${JSON.stringify({ format: "openledger-spent/1", account, spent: `${spent}` })}\n`);
}
