import { existsSync } from "node:fs";
import { appendFile, readFile } from "node:fs/promises";
import { type AccessListish, type JsonRpcProvider, Signature, Transaction } from "ethers";
import { z } from "zod";
import { ChainError, ContentError, messageOf } from "../common/errors.ts";

/** A block of the local chain as it can be made again. */
const blockSchema = z.strictObject({
  number: z.number().int().positive(),
  /** Unix seconds. */
  timestamp: z.number().int(),
  /** Signed bytes, in order. */
  transactions: z.array(z.string()),
  /**
   * Wei that each sender had before the block. A balance that was set, as faucets do on a local chain, is in no transaction.
   */
  balances: z.record(z.string(), z.string()).default({}),
});

type RecordedBlock = z.output<typeof blockSchema>;

interface RawTransaction {
  readonly from: string;
  readonly type: string;
  readonly nonce: string;
  readonly to: string | null;
  readonly input: string;
  readonly value: string;
  readonly gas: string;
  readonly gasPrice: string;
  readonly maxFeePerGas?: string;
  readonly maxPriorityFeePerGas?: string;
  readonly r: string;
  readonly s: string;
  readonly v: string;
  readonly accessList?: AccessListish;
}

/** Keeps the blocks of a local chain, whose node forgets them when it ends, in a file of one JSON object per line. */
export interface LocalHistory {
  /** Appends the blocks that are not in the file yet. */
  record(): Promise<void>;
}

/** @param from first block that the file does not have */
export function createLocalHistory(
  provider: JsonRpcProvider,
  chainId: number,
  file: string,
  from: number,
): LocalHistory {
  let next = from;
  let recording: Promise<void> = Promise.resolve();

  async function appendNew(): Promise<void> {
    const last = Number(await provider.send("eth_blockNumber", []));
    for (; next <= last; next++) {
      const block = await readBlock(provider, chainId, next);
      await appendFile(file, `${JSON.stringify(block)}\n`);
    }
  }
  return { record: () => (recording = recording.then(appendNew, appendNew)) };
}

/**
 * Makes the recorded blocks again on a chain that has none.
 *
 * @param times those of the blocks, or those at which they are made now
 * @returns the number of blocks
 * @throws ContentError for a malformed file (a last line without an end is left out: the process was killed writing it)
 */
export async function replayLocalHistory(
  provider: JsonRpcProvider,
  file: string,
  times: "recorded" | "now" = "recorded",
): Promise<number> {
  const blocks = existsSync(file) ? parseHistory(await readFile(file, "utf8"), file) : [];
  for (const { number, timestamp, transactions, balances } of blocks) {
    await setBalances(provider, balances);
    if (times === "recorded") await provider.send("evm_setNextBlockTimestamp", [`0x${timestamp.toString(16)}`]);
    if (transactions.length === 0) await provider.send("evm_mine", []);
    for (const raw of transactions) await provider.send("eth_sendRawTransaction", [raw]);
    const reached = Number(await provider.send("eth_blockNumber", []));
    if (reached === number) continue;
    throw new ChainError("the local chain could not be made again", {
      value: `block ${reached}`,
      limit: `block ${number} of ${file}`,
      remedy: "Begin with another --state directory.",
    });
  }
  return blocks.length;
}

function parseHistory(text: string, file: string): RecordedBlock[] {
  const lines = text
    .slice(0, text.lastIndexOf("\n") + 1)
    .split("\n")
    .slice(0, -1);
  return lines.map((line, i) => {
    try {
      return blockSchema.parse(JSON.parse(line));
    } catch (error) {
      throw new ContentError(`line ${i + 1} of the chain's history cannot be read: ${messageOf(error)}`, {
        value: file,
        remedy: "Begin with another --state directory.",
      });
    }
  });
}

async function readBlock(provider: JsonRpcProvider, chainId: number, number: number): Promise<RecordedBlock> {
  const block = (await provider.send("eth_getBlockByNumber", [`0x${number.toString(16)}`, true])) as {
    readonly timestamp: string;
    readonly transactions: readonly RawTransaction[];
  };
  const parent = `0x${(number - 1).toString(16)}`;
  const balances = block.transactions.map(async ({ from }): Promise<[string, string]> => {
    const wei = (await provider.send("eth_getBalance", [from, parent])) as string;
    return [from, BigInt(wei).toString()];
  });
  return {
    number,
    timestamp: Number(block.timestamp),
    transactions: block.transactions.map((transaction) => serialise(transaction, chainId)),
    balances: Object.fromEntries(await Promise.all(balances)),
  };
}

async function setBalances(provider: JsonRpcProvider, balances: Readonly<Record<string, string>>): Promise<void> {
  for (const [account, wei] of Object.entries(balances)) {
    const present = (await provider.send("eth_getBalance", [account, "latest"])) as string;
    if (BigInt(present) !== BigInt(wei)) {
      await provider.send("hardhat_setBalance", [account, `0x${BigInt(wei).toString(16)}`]);
    }
  }
}

/** The signed bytes of a transaction, from what the node tells of it. */
function serialise(raw: RawTransaction, chainId: number): string {
  const type = Number(raw.type);
  const fees =
    type === 2
      ? { maxFeePerGas: raw.maxFeePerGas, maxPriorityFeePerGas: raw.maxPriorityFeePerGas }
      : { gasPrice: raw.gasPrice };
  // the oldest kind of signature names no chain
  const signedFor = type === 0 && Number(raw.v) < 35 ? 0 : chainId;
  return Transaction.from({
    type,
    chainId: signedFor,
    nonce: Number(raw.nonce),
    to: raw.to,
    data: raw.input,
    value: raw.value,
    gasLimit: raw.gas,
    ...fees,
    ...(raw.accessList === undefined ? {} : { accessList: raw.accessList }),
    signature: Signature.from({ r: raw.r, s: raw.s, v: Number(raw.v) }),
  }).serialized;
}
