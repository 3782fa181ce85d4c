import { asAddress, type Address } from "@openledger/protocol/hex.ts";
import { keccakText } from "@openledger/protocol/keccak.ts";
import { buildEntriesTree } from "@openledger/protocol/trees/entriesTree.ts";
import type { PayoutAccount } from "../../oracle/store/payouts/writePayouts.ts";

const ADDRESSES = 2n ** 160n;

/** Account `index` of `count`, ascending: anywhere in its own stretch of all addresses. */
export function accountAt(index: number, count: number, seed: number): Address {
  const stretch = ADDRESSES / BigInt(count);
  const offset = BigInt(keccakText(`${seed} ${index}`)) % stretch;
  return asAddress(`0x${(BigInt(index) * stretch + offset).toString(16).padStart(40, "0")}`);
}

/** Accounts with one to three entries each. */
export function makeAccounts(count: number, seed: number): PayoutAccount[] {
  return Array.from({ length: count }, (_, index) => {
    const entries = Array.from({ length: 1 + (index % 3) }, (_entry, i) => ({
      modelId: BigInt(1 + i),
      contributionId: BigInt(1 + index),
      cumulative: 10n ** 15n * BigInt(1 + index + i),
      earned: 10n ** 14n,
    }));
    const { root: entriesRoot, total: cumulative } = buildEntriesTree(entries);
    const earned = 10n ** 14n * BigInt(entries.length);
    return { account: accountAt(index, count, seed), entries, entriesRoot, cumulative, earned };
  });
}
