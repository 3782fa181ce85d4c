import type { JsonRpcProvider } from "ethers";
import { type Header, movedError, requireHeader, toHex } from "./blocks.ts";
import { bloomHas } from "./bloom.ts";
import { type ChainLog, type LogPattern, matches, readLog, requestLogs } from "./logs.ts";

export interface LogQuery {
  readonly patterns: readonly LogPattern[];
  readonly from: number;
  readonly to: number;
  /** The newest block that an endpoint has told of. */
  readonly newest: number;
}

/** What a range holds, proved by its headers. */
export interface CheckedLogs {
  readonly logs: readonly ChainLog[];
  /** The first block, those with logs, and the last, in order. */
  readonly blocks: readonly Header[];
}

/**
 * How far below the newest block every header is compared with the logs. A node that is farther behind does not lag: it is
 * broken, and the accumulators that the contracts pin show what it left out.
 */
const CHECKED_BLOCKS = 2_000;
/** A header without a bloom proves nothing: its block counts as empty when as many blocks follow it. */
const UNPROVED_BLOCKS = 64;

/**
 * Reads the logs of a range and proves by the headers that none is missing: a node that is behind the one that told the
 * newest block, or on another fork, answers with fewer logs and without an error.
 *
 * @returns undefined when nothing of the range can be proved yet
 * @throws RangeRefused when the endpoint does not serve the range; MovedError when the answers do not belong together
 */
export async function readCheckedLogs(
  provider: JsonRpcProvider,
  { patterns, from, to, newest }: LogQuery,
): Promise<CheckedLogs | undefined> {
  const logs = await requestLogs(provider, patterns, from, to);
  const byBlock = new Map<number, ChainLog[]>();
  for (const log of logs) byBlock.set(log.blockNumber, [...(byBlock.get(log.blockNumber) ?? []), log]);
  const numbers = new Set([from, to, ...byBlock.keys()]);
  for (let number = Math.max(from, newest - CHECKED_BLOCKS); number < to; number++) numbers.add(number);
  const ascending = [...numbers].sort((a, b) => a - b);
  const headers = await Promise.all(ascending.map((number) => requireHeader(provider, number)));

  const last = lastProved(headers, newest, logs.at(-1)?.blockNumber ?? from - 1);
  if (last < from) return undefined;
  const proved = headers.filter(({ number }) => number <= last);
  requireOneFork(proved, byBlock);
  await Promise.all(proved.map((block) => requireComplete(provider, block, patterns, byBlock.get(block.number) ?? [])));
  return { logs, blocks: proved.filter(({ number }) => number === from || number === last || byBlock.has(number)) };
}

/** The last block whose logs are known: a node that gave logs of a block had the blocks before it as well. */
function lastProved(headers: readonly Header[], newest: number, lastWithLogs: number): number {
  const isUnproved = ({ bloom, number }: Header) =>
    bloom === undefined && number > lastWithLogs && number > newest - UNPROVED_BLOCKS;
  const unproved = headers.find(isUnproved);
  return unproved === undefined ? headers.at(-1)!.number : unproved.number - 1;
}

function requireOneFork(headers: readonly Header[], logs: ReadonlyMap<number, readonly ChainLog[]>): void {
  for (const [i, { number, hash, parentHash }] of headers.entries()) {
    const before = headers[i - 1];
    if (before?.number === number - 1 && before.hash !== parentHash) throw movedError(number);
    if (logs.get(number)?.some(({ blockHash }) => blockHash !== hash)) throw movedError(number);
  }
}

/**
 * Compares the logs of a block with its bloom, and with its receipts where the bloom tells of more: it may, because other
 * logs set the same bits.
 */
async function requireComplete(
  provider: JsonRpcProvider,
  block: Header,
  patterns: readonly LogPattern[],
  logs: readonly ChainLog[],
): Promise<void> {
  const { bloom } = block;
  if (bloom === undefined) return;
  const missing = patterns.some(
    (pattern) => bloomHas(bloom, pattern.bits) && !logs.some((log) => matches(pattern, log)),
  );
  if (!missing) return;
  const ofPatterns = (log: ChainLog) => patterns.some((pattern) => matches(pattern, log));
  const emitted = (await logsOfReceipts(provider, block)).filter(ofPatterns);
  if (emitted.length !== logs.filter(ofPatterns).length) throw movedError(block.number);
}

interface RawReceipt {
  readonly blockHash: string;
  readonly logs: readonly unknown[];
}

async function logsOfReceipts(provider: JsonRpcProvider, { number, hash, transactions }: Header): Promise<ChainLog[]> {
  const receipts = (await blockReceipts(provider, number)) ?? (await eachReceipt(provider, number, transactions));
  const isOfBlock = (receipt: RawReceipt | null) => receipt?.blockHash === hash;
  if (!receipts.every(isOfBlock) || (transactions && transactions.length !== receipts.length)) throw movedError(number);
  return receipts.flatMap(({ logs }) => logs.map(readLog));
}

/** Undefined where the endpoint does not have the method. */
async function blockReceipts(provider: JsonRpcProvider, number: number): Promise<RawReceipt[] | undefined> {
  try {
    const receipts: unknown = await provider.send("eth_getBlockReceipts", [toHex(number)]);
    return Array.isArray(receipts) ? (receipts as RawReceipt[]) : undefined;
  } catch {
    return undefined;
  }
}

async function eachReceipt(
  provider: JsonRpcProvider,
  number: number,
  transactions: readonly string[] | undefined,
): Promise<RawReceipt[]> {
  if (transactions === undefined) throw movedError(number);
  const receipts = transactions.map((hash) => provider.send("eth_getTransactionReceipt", [hash]));
  return (await Promise.all(receipts)) as RawReceipt[];
}
