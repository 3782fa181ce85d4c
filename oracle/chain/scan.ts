import type { Interface, JsonRpcProvider, Log } from "ethers";
import { ChainError, messageOf } from "../common/errors.ts";
import { type DecodedEvent, decodeLog } from "./decodeLog.ts";

/** A block as the scanner remembers it; times are in seconds. */
export interface ScannedBlock {
  readonly number: number;
  readonly hash: string;
  readonly parentHash: string;
  readonly timestamp: number;
}

export interface ScannedEvent {
  readonly blockNumber: number;
  readonly logIndex: number;
  readonly transactionHash: string;
  readonly contract: string;
  readonly name: string;
  /** Integers as decimal strings, strings in the form of textOfBytes, structs as objects. */
  readonly args: Readonly<Record<string, unknown>>;
}

/** A log that does not have the form of its event. It is passed over: nobody's log stops the scan. */
export interface UnreadableLog {
  readonly contract: string;
  readonly blockNumber: number;
  readonly logIndex: number;
  readonly transactionHash: string;
  readonly problem: string;
}

/** Where the scanner keeps what it has read. */
export interface ScanMemory {
  head(): Promise<ScannedBlock | undefined>;
  /** The newest remembered block below `number`. */
  before(number: number): Promise<ScannedBlock | undefined>;
  append(blocks: readonly ScannedBlock[], events: readonly ScannedEvent[]): Promise<void>;
  rollBack(fromBlock: number): Promise<void>;
}

export interface ScanSource {
  readonly name: string;
  readonly address: string;
  readonly interface: Interface;
}

export interface ScanOptions {
  readonly provider: JsonRpcProvider;
  readonly memory: ScanMemory;
  readonly sources: readonly ScanSource[];
  /** First block that can hold an event of these contracts. */
  readonly firstBlock: number;
  readonly blocksPerRequest: number;
  readonly confirmations: number;
  readonly onReorg?: (fromBlock: number) => void;
  readonly onUnreadable?: (log: UnreadableLog) => void;
}

/**
 * Reads all blocks that are `confirmations` behind the head and not yet remembered, and returns the number of the last
 * one remembered.
 *
 * A reorganisation shows as a block whose parent is not the remembered head: remembered blocks are then dropped until one
 * is still part of the chain. Every log's block hash is compared with the header of its block, so an answer that mixes
 * two forks is refused instead of stored.
 */
export async function scan(options: ScanOptions): Promise<number | undefined> {
  const { provider, memory, blocksPerRequest } = options;
  const target = Number(await provider.send("eth_blockNumber", [])) - options.confirmations;
  await dropReorganised(options);

  let head = await memory.head();
  for (;;) {
    const from = head === undefined ? options.firstBlock : head.number + 1;
    if (from > target) return head?.number;
    head = await readRange(options, head, from, Math.min(from + blocksPerRequest - 1, target));
  }
}

async function dropReorganised({ provider, memory, onReorg }: ScanOptions): Promise<void> {
  let head = await memory.head();
  let dropFrom: number | undefined;
  while (head !== undefined && (await header(provider, head.number))?.hash !== head.hash) {
    dropFrom = head.number;
    head = await memory.before(head.number);
  }
  if (dropFrom === undefined) return;
  await memory.rollBack(dropFrom);
  onReorg?.(dropFrom);
}

async function readRange(
  { provider, memory, sources, onUnreadable }: ScanOptions,
  head: ScannedBlock | undefined,
  from: number,
  to: number,
): Promise<ScannedBlock> {
  const byAddress = new Map(sources.map((source) => [source.address.toLowerCase(), source]));
  const logs = await provider.getLogs({ address: [...byAddress.keys()], fromBlock: from, toBlock: to });
  const numbers = [...new Set([from, ...logs.map((log) => log.blockNumber), to])].sort((a, b) => a - b);
  const blocks = await Promise.all(numbers.map((number) => requireHeader(provider, number)));
  const hashes = new Map(blocks.map((block) => [block.number, block.hash]));
  if (head !== undefined && blocks[0]?.parentHash !== head.hash) throw movedError(from);
  for (const log of logs) if (hashes.get(log.blockNumber) !== log.blockHash) throw movedError(log.blockNumber);

  const events = logs.flatMap((log) => {
    const source = byAddress.get(log.address.toLowerCase());
    return source === undefined ? [] : decode(source, log, onUnreadable);
  });
  await memory.append(blocks, events);
  return blocks[blocks.length - 1]!;
}

function decode(source: ScanSource, log: Log, onUnreadable: ScanOptions["onUnreadable"]): ScannedEvent[] {
  const { blockNumber, index: logIndex, transactionHash } = log;
  const place = { blockNumber, logIndex, transactionHash, contract: source.name };
  let event: DecodedEvent | undefined;
  try {
    event = decodeLog(source.interface, log);
  } catch (error) {
    onUnreadable?.({ ...place, problem: messageOf(error) });
  }
  // an implementation newer than these artefacts may emit events that nothing here reads
  if (event === undefined) return [];
  return [{ ...place, name: event.name, args: plain(event.args) as ScannedEvent["args"] }];
}

/** Integers as decimal strings, at every depth. */
function plain(value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, plain(item)]));
}

async function header(provider: JsonRpcProvider, number: number): Promise<ScannedBlock | undefined> {
  const block: unknown = await provider.send("eth_getBlockByNumber", [`0x${number.toString(16)}`, false]);
  if (block === null) return undefined;
  const { hash, parentHash, timestamp } = block as { hash: string; parentHash: string; timestamp: string };
  return { number, hash, parentHash, timestamp: Number(timestamp) };
}

async function requireHeader(provider: JsonRpcProvider, number: number): Promise<ScannedBlock> {
  const block = await header(provider, number);
  if (block === undefined) throw movedError(number);
  return block;
}

function movedError(number: number): ChainError {
  return new ChainError("the chain changed while it was read", { value: `block ${number}`, retryable: true });
}
