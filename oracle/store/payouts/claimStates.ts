import { closeSync, ftruncateSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { readUint, writeUint } from "@openledger/protocol/bytes.ts";
import { type Address, asAddress, toHex, writeHex } from "@openledger/protocol/hex.ts";
import { z } from "zod";
import { withFileErrors } from "../../common/fileErrors.ts";
import type { ChainEvents } from "../chainEvents.ts";
import type { StoredEvent } from "../storedEvent.ts";
import { CLAIM_EVENTS, paymentsOf } from "../claims.ts";
import type { PayoutsFile } from "./openPayouts.ts";

/** What an account of a root has claimed, and who gets its rewards. */
export interface ClaimState {
  /** OPEN wei, claimed alone and in batches. */
  readonly claimed: bigint;
  /** The account itself, unless it named another. */
  readonly recipient: Address;
}

/** The claims of a root's accounts as the chain's events tell them, beside the root's file on the disk. */
export interface ClaimStates {
  /** Reads the events that have come since. Costs nothing when there are none. */
  refresh(): Promise<void>;
  of(index: number): ClaimState;
  close(): void;
}

const CLAIMED_BYTES = 12;
const STATE_BYTES = 32;
const RECIPIENT_SET = "RecipientSet";
/** Blocks whose events are read at once. */
const BLOCKS = 10_000;

const recipientSchema = z.object({ account: z.string(), recipient: z.string() });

/**
 * Begins a new file at `path`: what was there before is forgotten, and read from the events again.
 *
 * @throws StorageError when the disk does not take it
 */
export function createClaimStates(path: string, payouts: PayoutsFile, events: ChainEvents): ClaimStates {
  const descriptor = withFileErrors(path, () => openSync(path, "w+"));
  const state = Buffer.alloc(STATE_BYTES);
  let revision = -1;
  let replaced = -1;
  let nextBlock = 0;
  let refreshing: Promise<void> | undefined;

  function forget(): void {
    ftruncateSync(descriptor, 0);
    ftruncateSync(descriptor, payouts.size * STATE_BYTES);
    nextBlock = 0;
  }

  function change(account: Address, edit: (state: Buffer) => void): void {
    const index = payouts.indexOf(account);
    // whoever has not earned anything may name a recipient too
    if (index === undefined) return;
    readSync(descriptor, state, 0, STATE_BYTES, index * STATE_BYTES);
    edit(state);
    writeSync(descriptor, state, 0, STATE_BYTES, index * STATE_BYTES);
  }

  function apply(event: StoredEvent): void {
    if (event.name === RECIPIENT_SET) {
      const { account, recipient } = recipientSchema.parse(event.args);
      change(asAddress(account), (bytes) => writeHex(bytes, CLAIMED_BYTES, asAddress(recipient)));
      return;
    }
    for (const { account, amount } of paymentsOf(event)) {
      change(account, (bytes) => {
        writeUint(bytes, 0, CLAIMED_BYTES, readUint(bytes, 0, CLAIMED_BYTES) + amount, "claimed");
      });
    }
  }

  async function readNew(): Promise<void> {
    const { changes, rollBacks } = events.revision();
    if (changes === revision) return;
    if (rollBacks !== replaced) forget();
    const head = (await events.head())?.number ?? -1;
    for (; nextBlock <= head; nextBlock = Math.min(nextBlock + BLOCKS, head + 1)) {
      const upToBlock = Math.min(nextBlock + BLOCKS - 1, head);
      const found = await events.find({
        contract: "RewardDistributor",
        name: [...CLAIM_EVENTS, RECIPIENT_SET],
        fromBlock: nextBlock,
        upToBlock,
      });
      withFileErrors(path, () => found.forEach(apply));
    }
    // what was replaced meanwhile is read again the next time
    revision = changes;
    replaced = rollBacks;
  }

  return {
    refresh: async () => {
      if (events.revision().changes === revision) return;
      refreshing ??= readNew().finally(() => (refreshing = undefined));
      await refreshing;
    },
    of: (index) => {
      const bytes = Buffer.alloc(STATE_BYTES);
      readSync(descriptor, bytes, 0, STATE_BYTES, index * STATE_BYTES);
      const named = bytes.subarray(CLAIMED_BYTES);
      return {
        claimed: readUint(bytes, 0, CLAIMED_BYTES),
        recipient: named.every((byte) => byte === 0) ? payouts.account(index) : (toHex(named) as Address),
      };
    },
    close: () => {
      closeSync(descriptor);
      rmSync(path, { force: true });
    },
  };
}
