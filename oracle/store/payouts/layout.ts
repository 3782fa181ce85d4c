import { readUint, writeUint } from "@openledger/protocol/bytes.ts";
import { type Address, fromHex, type Hash, hashAt, toHex } from "@openledger/protocol/hex.ts";
import type { Entry } from "@openledger/protocol/trees/entriesTree.ts";
import { depthOf } from "@openledger/protocol/trees/sumTree.ts";

/** An account of a root, without its entries. Amounts in wei. */
export interface PayoutRecord {
  readonly cumulative: bigint;
  readonly earned: bigint;
  readonly entriesRoot: Hash;
  /** Place of its first entry among those of all accounts. */
  readonly firstEntry: number;
  readonly entries: number;
}

/*
 * The file of a root's payouts has five parts, each of equal pieces, so that every piece is found by its place:
 *
 *   header    magic, number of accounts, number of entries
 *   keys      addresses, strictly ascending
 *   records   one PayoutRecord per account, in the same order
 *   nodes     the payouts tree, level by level from the leaves up, an even number on each
 *   entries   those of the first account, then those of the second, …
 */
export const KEY_BYTES = 20;
export const NODE_BYTES = 32;
const AMOUNT_BYTES = 16;
const COUNT_BYTES = 8;
export const RECORD_BYTES = 2 * AMOUNT_BYTES + NODE_BYTES + 2 * COUNT_BYTES;
export const ENTRY_BYTES = 2 * COUNT_BYTES + 2 * AMOUNT_BYTES;
export const HEADER_BYTES = 32;
/** Changes with the layout: a file of another one is made anew. */
const MAGIC = new TextEncoder().encode("OLpayou1");

/** Where the parts of a file begin, and how long it is. */
export interface Layout {
  readonly accounts: number;
  readonly entries: number;
  readonly keysAt: number;
  readonly recordsAt: number;
  /** Of each level, from the leaves up. */
  readonly levels: readonly { readonly at: number; readonly nodes: number }[];
  readonly entriesAt: number;
  readonly length: number;
}

export function layoutOf(accounts: number, entries: number): Layout {
  const keysAt = HEADER_BYTES;
  const recordsAt = keysAt + accounts * KEY_BYTES;
  let entriesAt = recordsAt + accounts * RECORD_BYTES;
  const levels = Array.from({ length: depthOf(accounts) + 1 }, (_, level) => {
    const count = Math.ceil(accounts / 2 ** level);
    const nodes = count + (count % 2);
    const at = entriesAt;
    entriesAt += nodes * NODE_BYTES;
    return { at, nodes };
  });
  return { accounts, entries, keysAt, recordsAt, levels, entriesAt, length: entriesAt + entries * ENTRY_BYTES };
}

export function encodeHeader({ accounts, entries }: Layout): Uint8Array {
  const header = new Uint8Array(HEADER_BYTES);
  header.set(MAGIC);
  writeUint(header, MAGIC.length, COUNT_BYTES, BigInt(accounts), "number of accounts");
  writeUint(header, MAGIC.length + COUNT_BYTES, COUNT_BYTES, BigInt(entries), "number of entries");
  return header;
}

/** Undefined for what is no file of this layout. */
export function decodeHeader(header: Uint8Array): Layout | undefined {
  if (header.length < HEADER_BYTES || MAGIC.some((byte, i) => header[i] !== byte)) return undefined;
  const count = (at: number) => Number(readUint(header, MAGIC.length + at, COUNT_BYTES));
  return layoutOf(count(0), count(COUNT_BYTES));
}

export function encodeKey(account: Address): Uint8Array {
  return fromHex(account);
}

export function decodeKey(bytes: Uint8Array, at: number): Address {
  return toHex(bytes.subarray(at, at + KEY_BYTES)) as Address;
}

export function encodeRecord(target: Uint8Array, at: number, record: PayoutRecord): void {
  writeUint(target, at, AMOUNT_BYTES, record.cumulative, "cumulative");
  writeUint(target, at + AMOUNT_BYTES, AMOUNT_BYTES, record.earned, "earned");
  target.set(fromHex(record.entriesRoot), at + 2 * AMOUNT_BYTES);
  const counts = at + 2 * AMOUNT_BYTES + NODE_BYTES;
  writeUint(target, counts, COUNT_BYTES, BigInt(record.firstEntry), "place of an entry");
  writeUint(target, counts + COUNT_BYTES, COUNT_BYTES, BigInt(record.entries), "number of entries");
}

export function decodeRecord(bytes: Uint8Array, at: number): PayoutRecord {
  const counts = at + 2 * AMOUNT_BYTES + NODE_BYTES;
  return {
    cumulative: readUint(bytes, at, AMOUNT_BYTES),
    earned: readUint(bytes, at + AMOUNT_BYTES, AMOUNT_BYTES),
    entriesRoot: hashAt(bytes, at + 2 * AMOUNT_BYTES),
    firstEntry: Number(readUint(bytes, counts, COUNT_BYTES)),
    entries: Number(readUint(bytes, counts + COUNT_BYTES, COUNT_BYTES)),
  };
}

export function encodeEntry(target: Uint8Array, at: number, entry: Entry): void {
  writeUint(target, at, COUNT_BYTES, entry.modelId, "model id");
  writeUint(target, at + COUNT_BYTES, COUNT_BYTES, entry.contributionId, "contribution id");
  writeUint(target, at + 2 * COUNT_BYTES, AMOUNT_BYTES, entry.cumulative, "cumulative");
  writeUint(target, at + 2 * COUNT_BYTES + AMOUNT_BYTES, AMOUNT_BYTES, entry.earned, "earned");
}

export function decodeEntry(bytes: Uint8Array, at: number): Entry {
  return {
    modelId: readUint(bytes, at, COUNT_BYTES),
    contributionId: readUint(bytes, at + COUNT_BYTES, COUNT_BYTES),
    cumulative: readUint(bytes, at + 2 * COUNT_BYTES, AMOUNT_BYTES),
    earned: readUint(bytes, at + 2 * COUNT_BYTES + AMOUNT_BYTES, AMOUNT_BYTES),
  };
}
