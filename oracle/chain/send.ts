import { formatEther, isError, type JsonRpcProvider, Transaction, type TransactionRequest } from "ethers";
import { ChainError } from "../common/errors.ts";
import { poll } from "../common/retry.ts";
import type { SignedTransaction } from "../common/signedTransaction.ts";
import { describeRevert, nodeMessage } from "./revert.ts";
import type { LocalWallet } from "./wallet.ts";

/** Where signed transactions are kept before they are broadcast. */
export interface TransactionMemory {
  find(key: string): Promise<SignedTransaction | undefined>;
  add(transaction: SignedTransaction): Promise<void>;
  setStatus(key: string, status: "mined" | "reverted"): Promise<void>;
  unmined(sender: string): Promise<SignedTransaction[]>;
  remove(key: string): Promise<void>;
}

export interface TransactionToSend {
  /** What it is for; the same key is never sent twice. */
  readonly key: string;
  /** For metrics and the gas table, such as `claim`. */
  readonly kind: string;
  readonly to: string;
  readonly data: string;
  /** Wei; none when absent. */
  readonly value?: bigint;
  /** Skips the estimate, for calls whose cost is known. */
  readonly gasLimit?: bigint;
  /** Must be mined before a deadline: leaves the base fee room to rise by a factor of eight instead of two. */
  readonly urgent?: boolean;
}

/** What was charged for a mined transaction; amounts in wei. */
export interface MinedTransaction {
  readonly hash: string;
  readonly kind: string;
  readonly blockNumber: number;
  readonly gasUsed: bigint;
  /** The OP-stack's charge for publishing the transaction on layer 1; 0 on a chain without it. */
  readonly l1Fee: bigint;
  readonly l1GasUsed: bigint;
  readonly logs: readonly RawLog[];
}

export interface RawLog {
  readonly address: string;
  readonly topics: readonly string[];
  readonly data: string;
}

export interface Sender {
  readonly address: string;
  /**
   * Finds out whether the chain would take the transaction now; sends nothing.
   *
   * @throws ChainError with the contract's reason, or when the account cannot pay the gas
   */
  rehearse(transaction: Omit<TransactionToSend, "key">): Promise<void>;
  /** Sends once per key and waits until it is mined; a key that was mined before returns at once. */
  send(transaction: TransactionToSend): Promise<MinedTransaction>;
  /** Broadcasts again what was signed before the process ended. */
  resume(): Promise<number>;
}

export interface SenderOptions {
  readonly provider: JsonRpcProvider;
  readonly wallet: LocalWallet;
  readonly memory: TransactionMemory;
  readonly chainId: number;
  readonly maxFeePerGas: bigint;
  readonly onMined?: (transaction: MinedTransaction) => void;
  readonly signal?: AbortSignal;
}

const NO_ETH = /insufficient funds|doesn't have enough funds/iu;

/**
 * Sends transactions of one key. The nonce is taken, the transaction signed and the bytes stored before anything is
 * broadcast, one after the other, so that killing the process at any point never sends twice and never leaves a gap.
 */
export function createSender(options: SenderOptions): Sender {
  const { provider, wallet, memory } = options;
  const sender = wallet.address;
  let previous: Promise<unknown> = Promise.resolve();
  let nextNonce: number | undefined;
  let baseFee: { readonly at: number; readonly value: bigint } | undefined;

  /** One at a time: two transactions must not take the same nonce. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = previous.then(work, work);
    previous = turn.catch(() => {});
    return turn;
  }

  async function signNext(transaction: TransactionToSend): Promise<SignedTransaction> {
    const known = await memory.find(transaction.key);
    if (known !== undefined) {
      // signed before this process began, or on a chain that has lost the block since
      if ((await receiptOf(provider, known)) === undefined) await broadcast(known);
      return known;
    }
    const { to, data, value = 0n, urgent = false } = transaction;
    const { maxFeePerGas, maxPriorityFeePerGas } = feesFor(await currentBaseFee(), urgent);
    const request: TransactionRequest = { from: sender, to, data, value };
    const gasLimit = transaction.gasLimit ?? ((await estimate(provider, sender, request, transaction.kind)) * 5n) / 4n;
    const nonce = (nextNonce ??= await firstNonce());
    const raw = await wallet.signTransaction({
      type: 2,
      chainId: options.chainId,
      nonce,
      to,
      data,
      value,
      gasLimit,
      maxFeePerGas,
      maxPriorityFeePerGas,
    });
    const hash = Transaction.from(raw).hash!;
    const signed = {
      key: transaction.key,
      kind: transaction.kind,
      sender,
      nonce,
      hash,
      raw,
      status: "signed",
    } as const;
    await memory.add(signed);
    await broadcast(signed);
    nextNonce = nonce + 1;
    return signed;
  }

  /** Asked for once: nobody else uses the key while this process runs. */
  async function firstNonce(): Promise<number> {
    const queued = await memory.unmined(sender);
    const onChain = Number(await provider.send("eth_getTransactionCount", [sender, "pending"]));
    return Math.max(onChain, (queued.at(-1)?.nonce ?? -1) + 1);
  }

  async function currentBaseFee(): Promise<bigint> {
    if (baseFee === undefined || Date.now() - baseFee.at > FEE_AGE_MS) {
      baseFee = { at: Date.now(), value: await affordableBaseFee(provider, options.maxFeePerGas) };
    }
    return baseFee.value;
  }

  function feesFor(value: bigint, urgent: boolean) {
    const maxFeePerGas = value * (urgent ? 8n : 2n) + PRIORITY_FEE;
    const cap = options.maxFeePerGas;
    return { maxPriorityFeePerGas: PRIORITY_FEE, maxFeePerGas: maxFeePerGas > cap ? cap : maxFeePerGas };
  }

  async function broadcast(signed: SignedTransaction): Promise<void> {
    try {
      await provider.send("eth_sendRawTransaction", [signed.raw]);
    } catch (error) {
      const message = nodeMessage(error);
      if (/already known|known transaction|already imported/iu.test(message)) return;
      if ((await receiptOf(provider, signed)) !== undefined) return;
      // never accepted: without the bytes in a pool the nonce is free again
      await memory.remove(signed.key);
      nextNonce = undefined;
      throw new ChainError(`${signed.kind} was not accepted: ${message}`, {
        value: signed.hash,
        retryable: /nonce too low|underpriced|max fee per gas less/iu.test(message),
        cause: error,
      });
    }
  }

  async function settled(signed: SignedTransaction): Promise<MinedTransaction> {
    let sent = Date.now();
    const receiptOrAgain = async () => {
      const found = await receiptOf(provider, signed);
      if (found === undefined && Date.now() - sent > REBROADCAST_MS) {
        sent = Date.now();
        // whatever the node says, the receipt decides
        await provider.send("eth_sendRawTransaction", [signed.raw]).catch(() => {});
      }
      return found;
    };
    const found = await poll(receiptOrAgain, { intervalMs: 25, signal: options.signal });
    if (signed.status === "signed") {
      await memory.setStatus(signed.key, found.reverted ? "reverted" : "mined");
      if (!found.reverted) options.onMined?.(found.mined);
    }
    if (found.reverted) {
      throw new ChainError(`${signed.kind} reverted`, {
        value: signed.hash,
        limit: "a transaction that succeeds in its block",
        remedy: "Its state changed between the estimate and the block; look the transaction up.",
      });
    }
    return found.mined;
  }

  return {
    address: sender,
    rehearse: async ({ kind, to, data, value = 0n }) => {
      await estimate(provider, sender, { from: sender, to, data, value }, kind);
    },
    send: async (transaction) => settled(await inTurn(() => signNext(transaction))),
    resume: () =>
      inTurn(async () => {
        const waiting = await memory.unmined(sender);
        for (const signed of waiting) {
          if ((await receiptOf(provider, signed)) === undefined) await broadcast(signed);
        }
        return waiting.length;
      }),
  };
}

/** How long a base fee is used before the chain is asked again, in milliseconds: within what one block may change. */
const FEE_AGE_MS = 1_000;
/** 0.001 gwei, what OP-stack sequencers ask for. */
const PRIORITY_FEE = 1_000_000n;
/** After this time without a receipt the same bytes are broadcast again: a node that was down has lost its pool. */
const REBROADCAST_MS = 10_000;

async function affordableBaseFee(provider: JsonRpcProvider, cap: bigint): Promise<bigint> {
  const block = (await provider.send("eth_getBlockByNumber", ["latest", false])) as { baseFeePerGas?: string };
  const baseFee = BigInt(block.baseFeePerGas ?? "0x0");
  if (baseFee + PRIORITY_FEE > cap) {
    throw new ChainError("gas is dearer than allowed", {
      value: `${baseFee} wei per gas`,
      limit: `${cap} wei per gas`,
      remedy: "Wait, or raise OPENLEDGER_MAX_FEE_GWEI.",
      retryable: true,
    });
  }
  return baseFee;
}

async function estimate(
  provider: JsonRpcProvider,
  sender: string,
  request: TransactionRequest,
  kind: string,
): Promise<bigint> {
  try {
    return await provider.estimateGas(request);
  } catch (error) {
    if (isError(error, "INSUFFICIENT_FUNDS") || NO_ETH.test(nodeMessage(error))) {
      throw new ChainError(`${kind}: the account has too little ETH for gas`, {
        value: `${formatEther(await provider.getBalance(sender))} ETH in ${sender}`,
        limit: "enough for the gas and the value of the transaction",
        remedy: "Send ETH to the account.",
        cause: error,
      });
    }
    const { problem, meaning } = describeRevert(error);
    throw new ChainError(`${kind} would revert: ${problem}`, {
      value: `from ${sender}`,
      limit: meaning ?? "a transaction that the contract allows",
      remedy: "Nothing was sent. Check the ids, the account and the time; docs/protocol.md names every contract.",
      cause: error,
    });
  }
}

interface Found {
  readonly reverted: boolean;
  readonly mined: MinedTransaction;
}

interface RawReceipt {
  readonly status: string;
  readonly blockNumber: string;
  readonly gasUsed: string;
  readonly l1Fee?: string | null;
  readonly l1GasUsed?: string | null;
  readonly logs: readonly RawLog[];
}

/** ethers drops the OP-stack's fields from receipts, so the raw answer is read. */
async function receiptOf(provider: JsonRpcProvider, signed: SignedTransaction): Promise<Found | undefined> {
  const receipt = (await provider.send("eth_getTransactionReceipt", [signed.hash])) as RawReceipt | null;
  if (receipt === null) return undefined;
  return {
    reverted: Number(receipt.status) === 0,
    mined: {
      hash: signed.hash,
      kind: signed.kind,
      blockNumber: Number(receipt.blockNumber),
      gasUsed: BigInt(receipt.gasUsed),
      l1Fee: BigInt(receipt.l1Fee ?? 0),
      l1GasUsed: BigInt(receipt.l1GasUsed ?? 0),
      logs: receipt.logs,
    },
  };
}
