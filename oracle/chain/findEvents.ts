import type { Interface, JsonRpcProvider } from "ethers";
import { retry } from "../common/retry.ts";
import { MovedError } from "./blocks.ts";
import { readCheckedLogs } from "./checkedLogs.ts";
import { type DecodedEvent, decodeLog } from "./decodeLog.ts";
import { logPattern, RangeRefused } from "./logs.ts";
import { createSpan } from "./span.ts";

/** An event as a search found it. */
export interface FoundEvent {
  readonly event: DecodedEvent;
  readonly blockNumber: number;
  readonly transactionHash: string;
}

export interface EventSearch {
  readonly address: string;
  readonly interface: Interface;
  readonly name: string;
  /** Values of the indexed arguments, in order; null for any. */
  readonly indexed: readonly unknown[];
  readonly firstBlock: number;
  /** Blocks per request. */
  readonly blocksPerRequest: number;
}

/**
 * The newest such event, searched from the head of the chain backwards.
 *
 * @throws MovedError when the nodes that answer are not equally far
 */
export function findLastEvent(provider: JsonRpcProvider, search: EventSearch): Promise<FoundEvent | undefined> {
  return retry(() => searchBackwards(provider, search), {
    attempts: 4,
    firstDelayMs: 250,
    isRetryable: (error) => error instanceof MovedError,
  });
}

async function searchBackwards(provider: JsonRpcProvider, search: EventSearch): Promise<FoundEvent | undefined> {
  const { address, firstBlock, name, indexed } = search;
  // arguments that are values, not lists of alternatives, are topics
  const topics = search.interface.encodeFilterTopics(name, [...indexed]) as (string | null)[];
  const patterns = [logPattern(address, topics)];
  const span = createSpan(search.blocksPerRequest);
  const newest = Number(await provider.send("eth_blockNumber", []));
  for (let to = newest; to >= firstBlock;) {
    const from = Math.max(firstBlock, to - span.blocks + 1);
    try {
      const last = (await readCheckedLogs(provider, { patterns, from, to, newest }))?.logs.at(-1);
      const event = last && decodeLog(search.interface, last);
      if (last && event) return { event, blockNumber: last.blockNumber, transactionHash: last.transactionHash };
      span.answered();
      to = from - 1;
    } catch (error) {
      if (!(error instanceof RangeRefused) || from === to) throw error;
      span.refused(to - from + 1);
    }
  }
  return undefined;
}
