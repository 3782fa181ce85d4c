import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import type { Address, Hash } from "@openledger/protocol/hex.ts";
import { hashAt, ZERO_HASH } from "@openledger/protocol/hex.ts";
import type { Entry } from "@openledger/protocol/trees/entriesTree.ts";
import { withFileErrors } from "../../common/fileErrors.ts";
import * as layout from "./layout.ts";

/** A root's payouts on the disk. What it holds in memory does not grow with the number of accounts. */
export interface PayoutsFile {
  readonly size: number;
  /** Root of the payouts tree. */
  readonly root: Hash;
  /** Place of an account, or undefined. */
  indexOf(account: Address): number | undefined;
  account(index: number): Address;
  record(index: number): layout.PayoutRecord;
  entries(record: layout.PayoutRecord): Entry[];
  /** Siblings from the leaf upwards, as RewardDistributor.claim takes them. */
  proof(index: number): Hash[];
  /** Place of the first account above this one. */
  after(account: Address): number;
  close(): void;
}

/** Every so many keys one is kept in memory: a look-up reads one stretch between two of them. */
const FENCES = 4_096;
/** Levels with at most this many nodes are kept in memory: the upper half of every proof. */
const TOP_NODES = 2_048;

/**
 * Opens a file that writePayouts has made; undefined when there is none, or one of another layout or length.
 *
 * Reads are synchronous: they come from the system's cache in microseconds, less than handing them to another thread costs.
 *
 * @throws StorageError when it cannot be read
 */
export function openPayouts(path: string): PayoutsFile | undefined {
  return withFileErrors(path, () => {
    const descriptor = openIfThere(path);
    if (descriptor === undefined) return undefined;
    const read = (at: number, length: number): Buffer => {
      const bytes = Buffer.allocUnsafe(length);
      let filled = 0;
      while (filled < length) {
        const got = readSync(descriptor, bytes, filled, length - filled, at + filled);
        if (got === 0) break;
        filled += got;
      }
      return bytes.subarray(0, filled);
    };
    const places = layout.decodeHeader(read(0, layout.HEADER_BYTES));
    if (places === undefined || places.accounts === 0 || fstatSync(descriptor).size !== places.length) {
      closeSync(descriptor);
      return undefined;
    }
    return createReader(places, read, () => closeSync(descriptor));
  });
}

function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function createReader(
  places: layout.Layout,
  read: (at: number, length: number) => Buffer,
  close: () => void,
): PayoutsFile {
  const { accounts: size, keysAt, recordsAt, levels, entriesAt } = places;
  const keys = (first: number, count: number) => read(keysAt + first * layout.KEY_BYTES, count * layout.KEY_BYTES);
  const step = Math.ceil(size / FENCES);
  const fences = Buffer.concat(Array.from({ length: Math.ceil(size / step) }, (_, i) => keys(i * step, 1)));
  const top = levels.map(({ at, nodes }) => (nodes <= TOP_NODES ? read(at, nodes * layout.NODE_BYTES) : undefined));

  function node(level: number, index: number): Hash {
    const { at, nodes } = levels[level]!;
    if (index >= nodes) return ZERO_HASH;
    const kept = top[level];
    const place = index * layout.NODE_BYTES;
    return kept === undefined ? hashAt(read(at + place, layout.NODE_BYTES), 0) : hashAt(kept, place);
  }

  /** How many keys are below this one, or are it. */
  function countUpTo(account: Address): number {
    const key = layout.encodeKey(account);
    const fence = upTo(fences, key);
    if (fence === 0) return 0;
    const first = (fence - 1) * step;
    return first + upTo(keys(first, Math.min(step, size - first)), key);
  }

  return {
    size,
    root: node(levels.length - 1, 0),
    indexOf: (account) => {
      const index = countUpTo(account) - 1;
      return index >= 0 && layout.decodeKey(keys(index, 1), 0) === account ? index : undefined;
    },
    account: (index) => layout.decodeKey(keys(index, 1), 0),
    record: (index) => layout.decodeRecord(read(recordsAt + index * layout.RECORD_BYTES, layout.RECORD_BYTES), 0),
    entries: ({ firstEntry, entries }) => {
      const bytes = read(entriesAt + firstEntry * layout.ENTRY_BYTES, entries * layout.ENTRY_BYTES);
      return Array.from({ length: entries }, (_, i) => layout.decodeEntry(bytes, i * layout.ENTRY_BYTES));
    },
    // the sibling of a node differs in the last bit of its place
    proof: (index) => Array.from({ length: levels.length - 1 }, (_, level) => node(level, (index >>> level) ^ 1)),
    after: countUpTo,
    close,
  };
}

/** How many of the ascending keys in `bytes` are at most `key`. */
function upTo(bytes: Buffer, key: Uint8Array): number {
  let low = 0;
  let high = bytes.length / layout.KEY_BYTES;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const at = middle * layout.KEY_BYTES;
    if (bytes.compare(key, 0, layout.KEY_BYTES, at, at + layout.KEY_BYTES) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
