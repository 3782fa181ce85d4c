import type { JsonRpcProvider } from "ethers";
import { ChainError } from "../common/errors.ts";
import { isBloom } from "./bloom.ts";

/** What the reader of logs needs of a block. */
export interface Header {
  readonly number: number;
  readonly hash: string;
  readonly parentHash: string;
  /** Unix seconds. */
  readonly timestamp: number;
  /** Undefined where the endpoint gives none. */
  readonly bloom: string | undefined;
  /** Undefined where the endpoint gives none. */
  readonly transactions: readonly string[] | undefined;
}

interface RawHeader {
  readonly number: string;
  readonly hash: string;
  readonly parentHash: string;
  readonly timestamp: string;
  readonly logsBloom?: unknown;
  readonly transactions?: readonly string[];
}

/** The block of that number; undefined where the node that answers does not have it. */
export async function header(provider: JsonRpcProvider, number: number): Promise<Header | undefined> {
  const block = (await provider.send("eth_getBlockByNumber", [toHex(number), false])) as RawHeader | null;
  if (block === null) return undefined;
  if (Number(block.number) !== number) throw movedError(number);
  return {
    number,
    hash: block.hash,
    parentHash: block.parentHash,
    timestamp: Number(block.timestamp),
    bloom: isBloom(block.logsBloom) ? block.logsBloom : undefined,
    transactions: block.transactions,
  };
}

export async function requireHeader(provider: JsonRpcProvider, number: number): Promise<Header> {
  const block = await header(provider, number);
  if (block === undefined) throw movedError(number);
  return block;
}

/** Answers that do not belong together: of different forks, or of nodes that are not equally far. */
export class MovedError extends ChainError {}

export function movedError(number: number): MovedError {
  return new MovedError("the chain changed while it was read", {
    value: `block ${number}`,
    limit: "answers of one fork, from nodes that are equally far",
    remedy: "It is read again; if this stays, set OPENLEDGER_RPC_URL to another endpoint.",
    retryable: true,
  });
}

export function toHex(number: number): string {
  return `0x${number.toString(16)}`;
}
