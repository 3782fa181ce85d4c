import { asAddress, type Address, type Hash } from "@openledger/protocol/hex.ts";
import { keccakText } from "@openledger/protocol/keccak.ts";

/** Adds accounts that have nothing to do with the economy behind those that have. */
export const addAccounts =
  (count: number) => (payouts: { account: Address; cumulative: bigint; entriesRoot: Hash }[]) => {
    for (let i = 0; i < count; i++) {
      payouts.push({
        account: asAddress(keccakText(`account ${i}`).slice(0, 42)),
        cumulative: 1n,
        entriesRoot: keccakText(`${i}`),
      });
    }
  };
