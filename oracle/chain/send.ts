import { Mutex } from "async-mutex";
import {
  type Authorization,
  formatEther,
  isError,
  type JsonRpcProvider,
  Transaction,
  type TransactionRequest,
} from "ethers";
import { AccessError, ChainError, isRetryable } from "../common/errors.ts";
import { poll, retry } from "../common/retry.ts";
import type { SignedTransaction } from "../common/signedTransaction.ts";
import type { Broadcast } from "./broadcast.ts";
import { feesFor, PRIORITY_FEE } from "./fees.ts";
import { createPending, type PendingOptions, readBaseFee, receiptIntervalMs } from "./pending.ts";
import { type FoundReceipt, type MinedTransaction, receiptOf } from "./receipts.ts";
import { describeRevert, nodeMessage } from "./revert.ts";

export type { TransactionMemory } from "./pending.ts";
export type { MinedTransaction, RawLog } from "./receipts.ts";

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
  /** Accounts that say in the same breath what their code is (EIP-7702). */
  readonly authorizations?: readonly Authorization[];
  /** Must be mined before a deadline: leaves the base fee room to rise by a factor of eight instead of two. */
  readonly urgent?: boolean;
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

export interface SenderOptions extends PendingOptions {
  readonly chainId: number;
  readonly signal?: AbortSignal;
}

const NO_ETH = /insufficient funds|doesn't have enough funds/iu;
/** How often a transaction is signed anew whose nonce or price the node refuses before it is given back as retryable. */
const SIGNATURES = 8;
/** Broadcasts of a transaction whose answers are lost, before it is given back as retryable: two to four seconds. */
const LOST_BROADCASTS = 5;
/** How long a base fee is used before the chain is asked again, in milliseconds: within what one block may change. */
const FEE_AGE_MS = 1_000;
/** Looks for a receipt after which all transactions of the key are looked after. */
const LOOKS_PER_TENDING = 20;

/**
 * Sends transactions of one key. The nonce is taken, the transaction signed and the bytes stored before anything is
 * broadcast, one after the other, so that killing the process at any point never sends twice and never leaves a gap.
 *
 * From then on the key keeps its nonce: whatever the answers to the broadcast are, or whether they are lost, the same bytes
 * are offered again, or dearer ones in their place, until one of them is mined. A transaction is forgotten, and its key
 * gets another nonce, only when the node has answered that it will not take bytes that no other node has seen, or when
 * another transaction was mined with the nonce.
 */
export function createSender(options: SenderOptions): Sender {
  const { provider, wallet, memory, maxFeePerGas: cap, signal } = options;
  const sender = wallet.address;
  const pending = createPending(options);
  /** One at a time: two transactions must not take the same nonce. */
  const turns = new Mutex();
  const intervalMs = receiptIntervalMs(provider);
  let nextNonce: number | undefined;
  let baseFee: { readonly at: number; readonly value: bigint } | undefined;
  let tendedAt = Date.now();

  async function signNext(transaction: TransactionToSend): Promise<void> {
    const known = await memory.find(transaction.key);
    if (known !== undefined) {
      // signed before this process began, or on a chain that has lost the block since
      pending.follow(known);
      if ((await receiptOf(provider, known)) === undefined) await offer(known);
      return;
    }
    let refusal = "";
    for (let attempt = 0; attempt < SIGNATURES; attempt++) {
      const signed = await sign(transaction);
      // should storing fail, it may have stored
      nextNonce = undefined;
      await memory.add(signed);
      const { reception, words } = await pending.offer(signed);
      nextNonce = signed.nonce + 1;
      if (reception === "pooled" || reception === "unclear" || reception === "lost") {
        pending.follow(signed);
        if (reception === "lost") await offer(signed);
        return;
      }
      if (reception === "nonce used") {
        pending.follow(signed);
        if (!(await pending.forgetIfUsed(signed))) return;
      } else {
        // no node has the bytes: the nonce is free again, unless others wait with it
        await pending.forget(signed.key);
        if (reception !== "nonce taken") nextNonce = undefined;
      }
      if (reception === "refused") throw refusedError(signed, words, false);
      baseFee = undefined;
      refusal = words;
    }
    throw refusedError(transaction, refusal, true);
  }

  async function sign(transaction: TransactionToSend): Promise<SignedTransaction> {
    const { key, kind, to, data, value = 0n, urgent = false, authorizations = [] } = transaction;
    const fees = feesFor(await affordableBaseFee(), urgent, cap);
    const request: TransactionRequest = { from: sender, to, data, value };
    const gasLimit = transaction.gasLimit ?? ((await estimate(provider, sender, request, kind)) * 5n) / 4n;
    const nonce = (nextNonce ??= await firstNonce());
    const { chainId } = options;
    const plain = { chainId, nonce, to, data, value, gasLimit, ...fees };
    const raw = await wallet.signTransaction(
      authorizations.length === 0
        ? { type: 2, ...plain }
        : { type: 4, ...plain, authorizationList: [...authorizations] },
    );
    return { key, kind, sender, nonce, hash: Transaction.from(raw).hash!, raw, earlierHashes: [], status: "signed" };
  }

  /** Above what the chain and the memory know: a node that is behind has not seen all transactions. */
  async function firstNonce(): Promise<number> {
    const onChain = Number(await provider.send("eth_getTransactionCount", [sender, "pending"]));
    return Math.max(onChain, ((await memory.lastNonce(sender)) ?? -1) + 1);
  }

  /** @throws ChainError when one block could already be too dear */
  async function affordableBaseFee(): Promise<bigint> {
    if (baseFee === undefined || Date.now() - baseFee.at > FEE_AGE_MS) {
      baseFee = { at: Date.now(), value: await readBaseFee(provider) };
    }
    if (baseFee.value + PRIORITY_FEE <= cap) return baseFee.value;
    throw new ChainError("gas is dearer than allowed", {
      value: `${baseFee.value} wei per gas`,
      limit: `${cap} wei per gas`,
      remedy: "Wait, or raise OPENLEDGER_MAX_FEE_GWEI.",
      retryable: true,
    });
  }

  /** Offers bytes that a node may have. @throws ChainError, retryable, when no answer says whether one has */
  async function offer(signed: SignedTransaction): Promise<void> {
    const offerOnce = async (): Promise<Broadcast> => {
      const outcome = await pending.offer(signed);
      if (outcome.reception === "lost") throw lostError(signed, outcome.words);
      return outcome;
    };
    // what a node refuses now, another may have taken before: the receipt decides
    await retry(offerOnce, {
      attempts: LOST_BROADCASTS,
      firstDelayMs: 150,
      isRetryable: (error) => error instanceof ChainError && error.retryable,
      ...(signal === undefined ? {} : { signal }),
    });
  }

  /** Waits for the receipt; undefined when the transaction was forgotten in the meantime. */
  async function receiptFor(key: string): Promise<FoundReceipt | undefined> {
    const look = async (): Promise<FoundReceipt | "forgotten" | undefined> => {
      const signed = pending.current(key);
      if (signed === undefined) return "forgotten";
      const found = await receiptOf(provider, signed);
      if (found !== undefined || Date.now() - tendedAt < LOOKS_PER_TENDING * intervalMs) return found;
      tendedAt = Date.now();
      await turns.runExclusive(() => pending.tend());
      return undefined;
    };
    const found = await poll(look, { intervalMs, ...(signal === undefined ? {} : { signal }) });
    if (found === "forgotten") return undefined;
    await turns.runExclusive(() => pending.settle(key, found));
    return found;
  }

  return {
    address: sender,
    rehearse: async ({ kind, to, data, value = 0n }) => {
      await estimate(provider, sender, { from: sender, to, data, value }, kind);
    },
    send: async (transaction) => {
      for (;;) {
        await turns.runExclusive(() => signNext(transaction));
        const found = await receiptFor(transaction.key);
        if (found === undefined) continue;
        if (!found.reverted) return found.mined;
        throw new ChainError(`${transaction.kind} reverted`, {
          value: found.mined.hash,
          limit: "a transaction that succeeds in its block",
          remedy: "Its state changed between the estimate and the block; look the transaction up.",
        });
      }
    },
    resume: () =>
      turns.runExclusive(async () => {
        const waiting = await memory.unmined(sender);
        for (const signed of waiting) {
          if ((await receiptOf(provider, signed)) === undefined) await pending.offer(signed);
        }
        return waiting.length;
      }),
  };
}

function refusedError({ kind }: { readonly kind: string }, words: string, retryable: boolean): ChainError {
  return new ChainError(`${kind} was not accepted: ${words}`, {
    limit: "a transaction that the node takes into its pool",
    remedy: "Nothing was sent. Check the account's ETH and OPENLEDGER_MAX_FEE_GWEI.",
    retryable,
  });
}

function lostError({ kind, hash }: SignedTransaction, words: string): ChainError {
  return new ChainError(`it is not known whether ${kind} was accepted: ${words}`, {
    value: hash,
    limit: "an answer to the broadcast",
    remedy:
      "It stays signed for its purpose and is offered again. Look the hash up before anything is sent another way.",
    retryable: true,
  });
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
    const isAnswer = !isRetryable(error) && !(error instanceof AccessError);
    if (!isAnswer || isError(error, "UNSUPPORTED_OPERATION")) throw error;
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
