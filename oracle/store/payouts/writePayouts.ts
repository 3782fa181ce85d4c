import { randomUUID } from "node:crypto";
import { type FileHandle, mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import type { Address, Hash } from "@openledger/protocol/hex.ts";
import type { Entry } from "@openledger/protocol/trees/entriesTree.ts";
import type { PayoutsTree } from "@openledger/protocol/trees/payoutsTree.ts";
import { withFileErrors } from "../../common/fileErrors.ts";
import * as layout from "./layout.ts";

/** What the file says about an account. */
export interface PayoutAccount {
  readonly account: Address;
  readonly cumulative: bigint;
  readonly earned: bigint;
  readonly entriesRoot: Hash;
  readonly entries: readonly Entry[];
}

/** Pieces that are written at once. */
const BLOCK = 8_192;

/**
 * Writes the file of a root's payouts. It appears under its name once it is complete and on the disk.
 *
 * @param accounts in the order of the tree's leaves
 * @throws StorageError when the disk does not take it
 */
export async function writePayouts(
  path: string,
  accounts: readonly PayoutAccount[],
  tree: Pick<PayoutsTree, "levels">,
): Promise<void> {
  await withFileErrors(path, async () => {
    await mkdir(dirname(path), { recursive: true });
    const draft = `${path}.${randomUUID()}.new`;
    try {
      const file = await open(draft, "wx");
      try {
        await writeParts(file, accounts, tree);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(draft, path);
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    }
  });
}

async function writeParts(
  file: FileHandle,
  accounts: readonly PayoutAccount[],
  tree: Pick<PayoutsTree, "levels">,
): Promise<void> {
  const entries = accounts.reduce((sum, account) => sum + account.entries.length, 0);
  await file.writeFile(layout.encodeHeader(layout.layoutOf(accounts.length, entries)));
  await writePieces(file, accounts, layout.KEY_BYTES, (target, at, { account }) =>
    target.set(layout.encodeKey(account), at),
  );
  let firstEntry = 0;
  await writePieces(file, accounts, layout.RECORD_BYTES, (target, at, account) => {
    layout.encodeRecord(target, at, { ...account, firstEntry, entries: account.entries.length });
    firstEntry += account.entries.length;
  });
  for (const level of tree.levels) await file.writeFile(level);
  await writePieces(file, entriesOf(accounts), layout.ENTRY_BYTES, layout.encodeEntry);
}

function* entriesOf(accounts: readonly PayoutAccount[]): Generator<Entry> {
  for (const { entries } of accounts) yield* entries;
}

/** Writes one piece of `bytes` bytes per item, in blocks. */
async function writePieces<T>(
  file: FileHandle,
  items: Iterable<T>,
  bytes: number,
  encode: (target: Uint8Array, at: number, item: T) => void,
): Promise<void> {
  let block = new Uint8Array(BLOCK * bytes);
  let filled = 0;
  for (const item of items) {
    encode(block, filled * bytes, item);
    if (++filled < BLOCK) continue;
    await file.writeFile(block);
    block = new Uint8Array(BLOCK * bytes);
    filled = 0;
  }
  if (filled > 0) await file.writeFile(block.subarray(0, filled * bytes));
}
