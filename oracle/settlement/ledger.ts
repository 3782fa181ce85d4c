import type { Address, Hash } from "@openledger/protocol/hex.ts";
import { buildEntriesTree, compareEntries, type Entry } from "@openledger/protocol/trees/entriesTree.ts";
import type { AccountEntries } from "./inputs.ts";

/** One payment of a pool to the payee of a contribution. */
export interface Earning {
  readonly account: Address;
  readonly modelId: bigint;
  readonly contributionId: bigint;
  /** Wei, at least 1. */
  readonly amount: bigint;
}

/** An account after a settlement. */
export interface AccountSettlement extends AccountEntries {
  readonly entriesRoot: Hash;
  /** Sum of the entries: what the account may have claimed in all. */
  readonly cumulative: bigint;
  /** What this root adds. */
  readonly earned: bigint;
}

/**
 * Adds earnings to what accounts had: entries keep their cumulative amounts, `earned` begins anew at 0.
 *
 * @param previous strictly ascending by account.
 * @param earnings in any order; several may concern one entry.
 * @returns strictly ascending by account.
 */
export function addEarnings(previous: readonly AccountEntries[], earnings: Iterable<Earning>): AccountSettlement[] {
  const accounts = new Map<Address, Entry[]>();
  for (const { account, entries } of previous) {
    accounts.set(
      account,
      entries.map((entry) => ({ ...entry, earned: 0n })),
    );
  }
  for (const earning of earnings) {
    const { modelId, contributionId, amount } = earning;
    const entry = { modelId, contributionId, cumulative: amount, earned: amount };
    const entries = accounts.get(earning.account);
    if (entries) entries.push(entry);
    else accounts.set(earning.account, [entry]);
  }
  return [...accounts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([account, entries]) => settleAccount(account, mergeEntries(entries)));
}

function settleAccount(account: Address, entries: readonly Entry[]): AccountSettlement {
  const tree = buildEntriesTree(entries);
  const earned = entries.reduce((sum, entry) => sum + entry.earned, 0n);
  return { account, entries, entriesRoot: tree.root, cumulative: tree.total, earned };
}

/** Sorts entries and adds up those of one key. */
function mergeEntries(entries: Entry[]): Entry[] {
  const merged: Entry[] = [];
  for (const entry of entries.sort(compareEntries)) {
    const last = merged.length - 1;
    if (last < 0 || compareEntries(merged[last]!, entry) !== 0) {
      merged.push(entry);
      continue;
    }
    const { cumulative, earned } = merged[last]!;
    merged[last] = { ...entry, cumulative: cumulative + entry.cumulative, earned: earned + entry.earned };
  }
  return merged;
}
