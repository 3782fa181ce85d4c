import type { Interface, JsonRpcProvider } from "ethers";
import { type DecodedEvent, decodeLog } from "./decodeLog.ts";

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

/** The newest such event, searched from the head of the chain backwards. */
export async function findLastEvent(provider: JsonRpcProvider, search: EventSearch): Promise<FoundEvent | undefined> {
  const { address, firstBlock, blocksPerRequest, name, indexed } = search;
  const topics = search.interface.encodeFilterTopics(name, [...indexed]);
  const head = Number(await provider.send("eth_blockNumber", []));
  for (let to = head; to >= firstBlock; to -= blocksPerRequest) {
    const fromBlock = Math.max(firstBlock, to - blocksPerRequest + 1);
    const last = (await provider.getLogs({ address, topics, fromBlock, toBlock: to })).at(-1);
    const event = last && decodeLog(search.interface, last);
    if (last && event) return { event, blockNumber: last.blockNumber, transactionHash: last.transactionHash };
  }
  return undefined;
}
