import { EventFragment, type Interface, type JsonRpcProvider } from "ethers";
import { messageOf } from "../common/errors.ts";
import { retry } from "../common/retry.ts";
import { MovedError, movedError, requireHeader } from "./blocks.ts";
import { type CheckedLogs, readCheckedLogs } from "./checkedLogs.ts";
import { type DecodedEvent, decodeLog } from "./decodeLog.ts";
import { type ChainLog, type LogPattern, logPattern, RangeRefused } from "./logs.ts";
import { createSpan } from "./span.ts";

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
 * is still part of the chain. No log is taken, and no block counted as empty, on the word of the node that gave the logs
 * alone (checkedLogs.ts); answers that do not belong together are asked for again, and refused instead of stored.
 */
export function scan(options: ScanOptions): Promise<number | undefined> {
  return retry(() => scanOnce(options), {
    attempts: ATTEMPTS,
    firstDelayMs: FIRST_DELAY_MS,
    isRetryable: (error) => error instanceof MovedError,
  });
}

/** Looks at a chain that changes while it is read, or at nodes that are not equally far, before this look ends. */
const ATTEMPTS = 4;
const FIRST_DELAY_MS = 250;

async function scanOnce(options: ScanOptions): Promise<number | undefined> {
  const { provider, memory, sources, firstBlock } = options;
  const newest = Number(await provider.send("eth_blockNumber", []));
  const target = newest - options.confirmations;
  await dropReorganised(options, newest);

  const byAddress = new Map(sources.map((source) => [source.address.toLowerCase(), source]));
  const patterns = sources.flatMap(patternsOf);
  const span = createSpan(options.blocksPerRequest);
  let head = await memory.head();
  for (;;) {
    const from = head === undefined ? firstBlock : head.number + 1;
    const to = Math.min(from + span.blocks - 1, target);
    if (from > to) return head?.number;
    try {
      const range = await readCheckedLogs(provider, { patterns, from, to, newest });
      if (range === undefined) return head?.number;
      head = await remember(options, byAddress, head, range);
      span.answered();
    } catch (error) {
      if (!(error instanceof RangeRefused) || from === to) throw error;
      span.refused(to - from + 1);
    }
  }
}

async function dropReorganised({ provider, memory, onReorg }: ScanOptions, newest: number): Promise<void> {
  let head = await memory.head();
  // a node that is behind knows only the older blocks: they are compared, and what it does not know yet is kept
  if (head !== undefined && head.number > newest) head = await memory.before(newest + 1);
  let dropFrom: number | undefined;
  while (head !== undefined && !(await isOnChain(provider, head))) {
    dropFrom = head.number;
    head = await memory.before(head.number);
  }
  if (dropFrom === undefined) return;
  await memory.rollBack(dropFrom);
  onReorg?.(dropFrom);
}

/** @throws MovedError when the nodes that answer disagree */
async function isOnChain(provider: JsonRpcProvider, { number, hash }: ScannedBlock): Promise<boolean> {
  if ((await requireHeader(provider, number)).hash === hash) return true;
  // to drop blocks is to do their work again: one node on another fork is not enough
  if ((await requireHeader(provider, number)).hash === hash) throw movedError(number);
  return false;
}

/** Of sources that were scanned before: to hash every topic and address again would cost more than all else in a look. */
const knownPatterns = new WeakMap<ScanSource, readonly LogPattern[]>();

/** The events that these artefacts know; an implementation newer than they may emit others, which nothing here reads. */
function patternsOf(source: ScanSource): readonly LogPattern[] {
  const known = knownPatterns.get(source);
  if (known !== undefined) return known;
  const { fragments } = source.interface;
  const topics = fragments.flatMap((fragment) => (fragment instanceof EventFragment ? [fragment.topicHash] : []));
  const patterns = topics.map((topic) => logPattern(source.address, [topic]));
  knownPatterns.set(source, patterns);
  return patterns;
}

async function remember(
  { memory, onUnreadable }: ScanOptions,
  sources: ReadonlyMap<string, ScanSource>,
  head: ScannedBlock | undefined,
  { logs, blocks }: CheckedLogs,
): Promise<ScannedBlock> {
  if (head !== undefined && blocks[0]!.parentHash !== head.hash) throw movedError(blocks[0]!.number);
  const events = logs.flatMap((log) => {
    const source = sources.get(log.address.toLowerCase());
    return source === undefined ? [] : decode(source, log, onUnreadable);
  });
  const scanned = blocks.map(({ number, hash, parentHash, timestamp }) => ({ number, hash, parentHash, timestamp }));
  await memory.append(scanned, events);
  return scanned.at(-1);
}

function decode(source: ScanSource, log: ChainLog, onUnreadable: ScanOptions["onUnreadable"]): ScannedEvent[] {
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
