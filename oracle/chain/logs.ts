import type { JsonRpcProvider } from "ethers";
import { AccessError, ChainError, OpenLedgerError } from "../common/errors.ts";
import { movedError, toHex } from "./blocks.ts";
import { bloomBits } from "./bloom.ts";
import { nodeMessage } from "./revert.ts";

/** A log as the node tells it, with its numbers read. */
export interface ChainLog {
  readonly address: string;
  readonly topics: readonly string[];
  readonly data: string;
  readonly blockNumber: number;
  readonly blockHash: string;
  readonly transactionHash: string;
  readonly index: number;
}

/** Logs of one kind: of an address, with these topics; null stands for any. */
export interface LogPattern {
  /** In lower case. */
  readonly address: string;
  readonly topics: readonly (string | null)[];
  /** What such a log sets in the bloom of its block. */
  readonly bits: readonly number[];
}

export function logPattern(address: string, topics: readonly (string | null)[]): LogPattern {
  const bits = [address, ...topics].flatMap((value) => (value === null ? [] : bloomBits(value)));
  return { address: address.toLowerCase(), topics, bits };
}

export function matches({ address, topics }: LogPattern, log: ChainLog): boolean {
  return log.address.toLowerCase() === address && topics.every((topic, i) => topic === null || log.topics[i] === topic);
}

/** The range may be at fault: fewer blocks may be served. */
export class RangeRefused extends ChainError {}

/**
 * The logs of a range as one endpoint tells them: nothing is checked but their form.
 *
 * @throws RangeRefused when the endpoint refuses the range or its answer is none; MovedError for logs out of the range
 */
export async function requestLogs(
  provider: JsonRpcProvider,
  patterns: readonly LogPattern[],
  from: number,
  to: number,
): Promise<ChainLog[]> {
  const address = [...new Set(patterns.map((pattern) => pattern.address))];
  const topics = patterns.length === 1 ? { topics: patterns[0]!.topics } : {};
  const range = { fromBlock: toHex(from), toBlock: toHex(to) };
  let answer: unknown;
  try {
    answer = await provider.send("eth_getLogs", [{ address, ...topics, ...range }]);
  } catch (error) {
    if (error instanceof AccessError) throw error;
    throw refusal(from, to, nodeMessage(error), error);
  }
  if (!Array.isArray(answer)) throw refusal(from, to, "the answer is not a list");
  const logs = answer.map(readLog).sort((a, b) => a.blockNumber - b.blockNumber || a.index - b.index);
  for (const [i, log] of logs.entries()) {
    const repeated = i > 0 && logs[i - 1]!.blockNumber === log.blockNumber && logs[i - 1]!.index === log.index;
    const inRange = log.blockNumber >= from && log.blockNumber <= to && address.includes(log.address.toLowerCase());
    if (!inRange || repeated) throw movedError(log.blockNumber);
  }
  return logs;
}

/** @throws MovedError when it is of no block */
export function readLog(value: unknown): ChainLog {
  const log = value as Record<"blockNumber" | "logIndex", string | null> & Omit<ChainLog, "blockNumber" | "index">;
  const blockNumber = Number(log.blockNumber ?? Number.NaN);
  const index = Number(log.logIndex ?? Number.NaN);
  if (!Number.isInteger(blockNumber) || !Number.isInteger(index)) throw movedError(blockNumber);
  const { address, topics, data, blockHash, transactionHash } = log;
  return { address, topics, data, blockNumber, blockHash, transactionHash, index };
}

function refusal(from: number, to: number, words: string, cause?: unknown): RangeRefused {
  return new RangeRefused(`the endpoint does not give the logs: ${words}`, {
    value: from === to ? `block ${from}` : `blocks ${from} to ${to}`,
    limit: from === to ? "the logs of one block" : "the logs of fewer blocks",
    remedy: "Set OPENLEDGER_RPC_URL to an endpoint that serves eth_getLogs for one block of this chain.",
    retryable: cause instanceof OpenLedgerError && cause.retryable,
    cause,
  });
}
