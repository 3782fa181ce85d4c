import { type JsonRpcProvider, Transaction } from "ethers";
import { ChainError, messageOf, OpenLedgerError } from "../common/errors.ts";
import type { SignedTransaction } from "../common/signedTransaction.ts";
import { broadcast, type Broadcast } from "./broadcast.ts";
import { replacementFees } from "./fees.ts";
import { nonceOwner } from "./nonceOwner.ts";
import { type FoundReceipt, hashesOf, type MinedTransaction, receiptOf } from "./receipts.ts";
import type { LocalWallet } from "./wallet.ts";

/** Where signed transactions are kept before they are broadcast. */
export interface TransactionMemory {
  find(key: string): Promise<SignedTransaction | undefined>;
  add(transaction: SignedTransaction): Promise<void>;
  setStatus(key: string, status: SignedTransaction["status"]): Promise<void>;
  /** Other bytes for the same purpose and nonce; the hash before is kept among the earlier ones. */
  replace(key: string, bytes: { readonly hash: string; readonly raw: string }): Promise<void>;
  /** Signed, and not yet known to be mined, in the order of their nonces. */
  unmined(sender: string): Promise<SignedTransaction[]>;
  /** The transaction that has this nonce, mined or not. */
  withNonce(sender: string, nonce: number): Promise<SignedTransaction | undefined>;
  /** The highest nonce of any transaction that is kept. */
  lastNonce(sender: string): Promise<number | undefined>;
  remove(key: string): Promise<void>;
}

export interface PendingOptions {
  readonly provider: JsonRpcProvider;
  readonly wallet: LocalWallet;
  readonly memory: TransactionMemory;
  /** Highest fee per gas of a replacement, in wei. */
  readonly maxFeePerGas: bigint;
  readonly onMined?: (transaction: MinedTransaction) => void;
  /** What keeps a transaction from being mined, when it begins and every minute while it lasts. */
  readonly onProblem?: (problem: ChainError) => void;
}

/** The transactions of one key that are signed and not known to be mined. Its calls must come one after the other. */
export interface Pending {
  /** The transaction with its newest bytes; undefined once it is forgotten. */
  current(key: string): SignedTransaction | undefined;
  /** Begins to follow a transaction that is in the memory. */
  follow(signed: SignedTransaction): void;
  /** Broadcasts the bytes once. */
  offer(signed: SignedTransaction): Promise<Broadcast>;
  /** Notes a receipt, the first time in the memory. */
  settle(key: string, found: FoundReceipt): Promise<void>;
  /**
   * Forgets a transaction whose nonce another one has used.
   *
   * @returns whether it was
   */
  forgetIfUsed(signed: SignedTransaction): Promise<boolean>;
  forget(key: string): Promise<void>;
  /** Looks after all of them: broadcasts again what may be lost, replaces what is priced out of the blocks. */
  tend(): Promise<void>;
}

/** After so many looks for a receipt the same bytes are broadcast again: a node that was down has lost its pool. */
const LOOKS_PER_BROADCAST = 80;
/** After this time the next transaction of the account, though affordable, is replaced by one with a higher priority. */
const STUCK_MS = 60_000;
/** How often a problem that lasts is reported. */
const REPORT_MS = 60_000;

/** How often the chain is asked for a receipt, in milliseconds. */
export function receiptIntervalMs({ pollingInterval }: Partial<Pick<JsonRpcProvider, "pollingInterval">>): number {
  // the simulated chain in the process of a test has none
  return (pollingInterval ?? 100) / 4;
}

export function createPending(options: PendingOptions): Pending {
  const { provider, wallet, memory, maxFeePerGas: cap } = options;
  const rebroadcastMs = LOOKS_PER_BROADCAST * receiptIntervalMs(provider);
  const followed = new Map<string, SignedTransaction>();
  const offeredAt = new Map<string, number>();
  const reportedAt = new Map<string, number>();
  /** The nonce that the account uses next, and since when. */
  let next = { nonce: -1, since: 0 };

  function report(problem: ChainError): void {
    const now = Date.now();
    if (now - (reportedAt.get(problem.message) ?? 0) < REPORT_MS) return;
    reportedAt.set(problem.message, now);
    options.onProblem?.(problem);
  }

  async function offer({ key, raw, hash }: SignedTransaction): Promise<Broadcast> {
    offeredAt.set(key, Date.now());
    return broadcast(provider, raw, hash);
  }

  async function settle(key: string, { reverted, mined }: FoundReceipt): Promise<void> {
    followed.delete(key);
    const signed = await memory.find(key);
    if (signed?.status !== "signed") return;
    await memory.setStatus(key, reverted ? "reverted" : "mined");
    if (!reverted) options.onMined?.(mined);
  }

  async function forget(key: string): Promise<void> {
    await memory.remove(key);
    followed.delete(key);
  }

  async function forgetIfUsed(signed: SignedTransaction): Promise<boolean> {
    const owner = await nonceOwner(provider, signed.sender, signed.nonce);
    if (owner === undefined || hashesOf(signed).includes(owner)) return false;
    report(
      new ChainError(`another transaction used the nonce of ${signed.kind}, which gets a new one`, {
        value: `nonce ${signed.nonce}: ${owner}`,
        limit: "a key that one process uses",
        remedy: "Let no other process or wallet send with this key.",
        retryable: true,
      }),
    );
    await forget(signed.key);
    return true;
  }

  async function replace(signed: SignedTransaction, baseFee: bigint, why: string): Promise<void> {
    const before = Transaction.from(signed.raw);
    const { type, chainId, nonce, to, data, value, gasLimit, authorizationList } = before;
    const fees = replacementFees(
      { maxFeePerGas: before.maxFeePerGas!, maxPriorityFeePerGas: before.maxPriorityFeePerGas! },
      baseFee,
      cap,
    );
    if (fees === undefined) {
      report(stuckError(signed, `${why}, and a replacement may not offer more`, `${cap} wei per gas`));
      return;
    }
    const plain = { type, chainId, nonce, to, data, value, gasLimit, ...fees };
    const raw = await wallet.signTransaction(authorizationList === null ? plain : { ...plain, authorizationList });
    const hash = Transaction.from(raw).hash!;
    await memory.replace(signed.key, { hash, raw });
    const replaced = { ...signed, hash, raw, earlierHashes: [...signed.earlierHashes, signed.hash] };
    if (followed.has(signed.key)) followed.set(signed.key, replaced);
    await offer(replaced);
  }

  /** @param isNext whether the account's next nonce is that of the transaction: nothing else keeps it from a block */
  async function push(signed: SignedTransaction, baseFee: bigint, isNext: boolean): Promise<void> {
    const now = Date.now();
    if (isNext && baseFee > cap) {
      report(stuckError(signed, "gas is dearer than allowed", `${baseFee} wei per gas`));
    } else if (isNext && Transaction.from(signed.raw).maxFeePerGas! < baseFee) {
      await replace(signed, baseFee, "it offers less than the base fee");
    } else if (isNext && now - next.since > STUCK_MS) {
      report(stuckError(signed, "it is not mined although it offers enough", `${baseFee} wei per gas`));
      next = { ...next, since: now };
      await replace(signed, baseFee, "it is not mined");
    } else if (now - (offeredAt.get(signed.key) ?? 0) > rebroadcastMs) {
      const { reception, words } = await offer(signed);
      if (reception === "underpriced" || reception === "nonce taken") await replace(signed, baseFee, words);
      else if (reception !== "pooled" && reception !== "nonce used") report(stuckError(signed, words));
    }
  }

  async function tendAll(): Promise<void> {
    const waiting = await memory.unmined(wallet.address);
    if (waiting.length === 0) return;
    const nonce = Number(await provider.send("eth_getTransactionCount", [wallet.address, "latest"]));
    if (nonce !== next.nonce) next = { nonce, since: Date.now() };
    const baseFee = await readBaseFee(provider);
    for (const signed of waiting) {
      if (signed.nonce >= nonce) await push(signed, baseFee, signed.nonce === nonce);
      else {
        const found = await receiptOf(provider, signed);
        if (found !== undefined) await settle(signed.key, found);
        else await forgetIfUsed(signed);
      }
    }
    const first = waiting.find((signed) => signed.nonce >= nonce);
    if (first !== undefined && first.nonce > nonce) await fillGap(nonce, first);
  }

  /** Offers what has the next nonce of the account, although it counts as mined: its block may have been replaced. */
  async function fillGap(nonce: number, waiting: SignedTransaction): Promise<void> {
    const missing = await memory.withNonce(wallet.address, nonce);
    if (missing !== undefined) {
      await memory.setStatus(missing.key, "signed");
      await offer(missing);
    } else if (Date.now() - next.since > STUCK_MS) {
      report(stuckError(waiting, `nonce ${nonce} has to be used first, by a transaction that was not sent from here`));
    }
  }

  return {
    current: (key) => followed.get(key),
    follow: (signed) => followed.set(signed.key, signed),
    offer,
    settle,
    forgetIfUsed,
    forget,
    tend: async () => {
      try {
        await tendAll();
      } catch (error) {
        // the receipts decide; what keeps the chain from being asked is told
        if (!(error instanceof OpenLedgerError) || !error.retryable) throw error;
        report(new ChainError(`transactions are not looked after: ${messageOf(error)}`, { cause: error }));
      }
    },
  };
}

function stuckError({ kind, nonce, hash }: SignedTransaction, why: string, limit?: string): ChainError {
  return new ChainError(`${kind} waits with nonce ${nonce}: ${why}`, {
    value: hash,
    ...(limit === undefined ? {} : { limit }),
    remedy: "It stays signed and is offered again. Check the account's ETH and OPENLEDGER_MAX_FEE_GWEI.",
    retryable: true,
  });
}

/** Wei per gas of the newest block. */
export async function readBaseFee(provider: JsonRpcProvider): Promise<bigint> {
  const block = (await provider.send("eth_getBlockByNumber", ["latest", false])) as { baseFeePerGas?: string };
  return BigInt(block.baseFeePerGas ?? "0x0");
}
