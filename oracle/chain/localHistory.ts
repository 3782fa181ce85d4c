import { existsSync } from "node:fs";
import { appendFile, readFile } from "node:fs/promises";
import { ENTRY_POINT } from "@openledger/protocol/entryPoint.ts";
import { type AccessListish, type Authorization, type JsonRpcProvider, Signature, toBeHex, Transaction } from "ethers";
import { z } from "zod";
import { ChainError, ContentError, messageOf } from "../common/errors.ts";
import { retry, type RetryOptions } from "../common/retry.ts";
import { interfaceOf } from "./artifacts.ts";

/** How the code of an account begins that delegates to a contract. */
const DELEGATED = "0xef0100";

/** Anvil answers before it has mined what it was sent. */
const MINING: RetryOptions = { attempts: 8, firstDelayMs: 20, isRetryable: (error) => error instanceof ChainError };

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
  /** Accounts with operations in the block that had delegated before (EIP-7702): on the simulated chain no transaction does that. */
  delegations: z.record(z.string(), z.strictObject({ code: z.string(), nonce: z.number().int() })).default({}),
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
  readonly authorizationList?: readonly RawAuthorization[];
}

interface RawAuthorization {
  readonly chainId: string;
  readonly address: string;
  readonly nonce: string;
  readonly yParity: string;
  readonly r: string;
  readonly s: string;
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
  for (const { number, timestamp, transactions, balances, delegations } of blocks) {
    await setBalances(provider, balances);
    await setDelegations(provider, delegations);
    if (times === "recorded") await provider.send("evm_setNextBlockTimestamp", [`0x${timestamp.toString(16)}`]);
    if (transactions.length === 0) await provider.send("evm_mine", []);
    for (const raw of transactions) await provider.send("eth_sendRawTransaction", [raw]);
    await retry(() => requireHead(provider, number, file), MINING);
  }
  return blocks.length;
}

async function requireHead(provider: JsonRpcProvider, number: number, file: string): Promise<void> {
  const reached = Number(await provider.send("eth_blockNumber", []));
  if (reached === number) return;
  throw new ChainError("the local chain could not be made again", {
    value: `block ${reached}`,
    limit: `block ${number} of ${file}`,
    remedy: "Begin with another --state directory.",
  });
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
    delegations: await readDelegations(provider, block.transactions, parent),
  };
}

async function readDelegations(
  provider: JsonRpcProvider,
  transactions: readonly RawTransaction[],
  parent: string,
): Promise<RecordedBlock["delegations"]> {
  const delegations: RecordedBlock["delegations"] = {};
  for (const account of transactions.flatMap(operators)) {
    const code = (await provider.send("eth_getCode", [account, parent])) as string;
    if (!code.startsWith(DELEGATED)) continue;
    delegations[account] = { code, nonce: Number(await provider.send("eth_getTransactionCount", [account, parent])) };
  }
  return delegations;
}

/** The accounts whose operations a transaction includes. */
function operators({ to, input }: RawTransaction): readonly string[] {
  if (to?.toLowerCase() !== ENTRY_POINT.toLowerCase()) return [];
  const entryPoint = interfaceOf("EntryPoint");
  if (!input.startsWith(entryPoint.getFunction("handleOps")!.selector)) return [];
  const [ops] = entryPoint.decodeFunctionData("handleOps", input) as unknown as [
    readonly { readonly sender: string }[],
  ];
  return ops.map(({ sender }) => sender);
}

async function setDelegations(provider: JsonRpcProvider, delegations: RecordedBlock["delegations"]): Promise<void> {
  for (const [account, { code, nonce }] of Object.entries(delegations)) {
    if ((await provider.send("eth_getCode", [account, "latest"])) === code) continue;
    await provider.send("hardhat_setCode", [account, code]);
    await provider.send("hardhat_setNonce", [account, `0x${nonce.toString(16)}`]);
  }
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
    type === 2 || type === 4
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
    ...(raw.authorizationList === undefined ? {} : { authorizationList: raw.authorizationList.map(authorization) }),
    signature: Signature.from({ r: raw.r, s: raw.s, v: Number(raw.v) }),
  }).serialized;
}

function authorization({ chainId, address, nonce, yParity, r, s }: RawAuthorization): Authorization {
  const signature = Signature.from({ r: toBeHex(r, 32), s: toBeHex(s, 32), v: 27 + Number(yParity) });
  return { chainId: BigInt(chainId), address, nonce: BigInt(nonce), signature };
}
