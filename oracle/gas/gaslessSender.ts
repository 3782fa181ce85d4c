import type { Authorization, JsonRpcProvider } from "ethers";
import type { Contracts } from "../chain/contracts.ts";
import { type FoundReceipt, receiptOf } from "../chain/receipts.ts";
import type { MinedTransaction, TransactionToSend } from "../chain/send.ts";
import type { LocalWallet } from "../chain/wallet.ts";
import { ChainError } from "../common/errors.ts";
import { poll } from "../common/retry.ts";
import type { createBundlerClient } from "./bundlerClient.ts";
import { delegatesTo } from "./delegation.ts";
import { measureCall } from "./measureCall.ts";
import { encodeGasPayment, signGasPayment } from "./payment.ts";
import { type AccountCall, encodeCalls, maxCostOf, type UserOperation, userOperationHash } from "./userOperation.ts";

export interface GaslessOptions {
  readonly provider: JsonRpcProvider;
  readonly contracts: Pick<Contracts, "EntryPoint" | "OpenPaymaster" | "OpenToken" | "RewardDistributor">;
  /** Address of OpenAccount. */
  readonly account: string;
  readonly chainId: bigint;
  readonly wallet: LocalWallet;
  readonly bundler: ReturnType<typeof createBundlerClient>;
}

/** Gas for checking a key's signature, for taking OPEN, and for giving back what is left of it. */
const GAS = { verification: 80_000n, perByte: 2n, payment: 130_000n, settling: 50_000n, perCall: 20_000n } as const;
const OPEN = 10n ** 18n;
/** In the place of what is signed once its amount is known. */
const DUMMY_SIGNATURE = `0x${"ab".repeat(64)}1b`;
const RECEIPT_INTERVAL_MS = 250;

/** Sends calls as user operations, whose gas is paid in OPEN: out of what the account has, or out of the reward that it claims. */
export function createGaslessSender(options: GaslessOptions) {
  const { provider, contracts, account, chainId, wallet, bundler } = options;
  const { EntryPoint, OpenPaymaster, RewardDistributor } = contracts;

  /** The account becomes one that can be called, if it is none yet: the key says so once. */
  async function authorization(): Promise<Authorization | undefined> {
    if (await delegatesTo(provider, wallet.address, account)) return undefined;
    const nonce = BigInt((await provider.send("eth_getTransactionCount", [wallet.address, "latest"])) as string);
    return wallet.authorize({ address: account, nonce, chainId });
  }

  /** A claim is made while the payment is checked, so that it can be paid out of what it brings; anything else is called. */
  async function draft({ to, data }: TransactionToSend): Promise<{ op: UserOperation; claim: string }> {
    const isClaim =
      data.startsWith(RewardDistributor.interface.getFunction("claim").selector) &&
      to === (await RewardDistributor.getAddress());
    const claim = isClaim ? `0x${data.slice(10)}` : "0x";
    const gas = await measureCall(provider, wallet.address, { to, data });
    const op: UserOperation = {
      sender: wallet.address,
      nonce: await EntryPoint.getNonce(wallet.address, 0n),
      callData: isClaim ? "0x" : encodeCalls([{ to, data }]),
      callGasLimit: isClaim ? 0n : gas + GAS.perCall,
      verificationGasLimit: GAS.verification + GAS.perByte * BigInt(data.length / 2),
      preVerificationGas: 0n,
      maxFeePerGas: 0n,
      maxPriorityFeePerGas: 0n,
      paymaster: await OpenPaymaster.getAddress(),
      paymasterVerificationGasLimit: GAS.payment + (isClaim ? gas : 0n),
      paymasterPostOpGasLimit: GAS.settling,
      paymasterData: encodeGasPayment(OPEN, DUMMY_SIGNATURE, claim),
      signature: DUMMY_SIGNATURE,
    };
    return { op, claim };
  }

  async function send(transaction: TransactionToSend): Promise<MinedTransaction> {
    const authorized = await authorization();
    const { op: unpriced, claim } = await draft(transaction);
    const priced = { ...unpriced, ...(await bundler.estimate(submission(unpriced, authorized))) };
    const price = await OpenPaymaster.openPerEth();
    const amount = (maxCostOf(priced) * price + OPEN - 1n) / OPEN;
    const paymasterData = await signGasPayment(contracts, wallet, { nonce: priced.nonce, amount, claim });
    const paid = { ...priced, paymasterData };
    const signature = wallet.signingKey.sign(userOperationHash(paid, chainId)).serialized;
    const hash = await bundler.send(submission({ ...paid, signature }, authorized));
    const found = await poll(async () => (await bundler.receipt(hash)) ?? undefined, {
      intervalMs: RECEIPT_INTERVAL_MS,
    });
    const { mined } = await receiptAt(transaction.kind, found.receipt.transactionHash);
    if (found.success) return mined;
    throw new ChainError(`${transaction.kind} reverted; its gas was paid`, {
      value: mined.hash,
      limit: "a call that succeeds in its block",
      remedy: "Its state changed between the estimate and the block; look the transaction up.",
    });
  }

  function receiptAt(kind: string, hash: string): Promise<FoundReceipt> {
    return poll(() => receiptOf(provider, { kind, hash, earlierHashes: [] }), { intervalMs: RECEIPT_INTERVAL_MS });
  }

  return {
    /** Finds out whether the contract would take the call now. @throws ChainError */
    rehearse: async (call: AccountCall): Promise<void> => void (await measureCall(provider, wallet.address, call)),
    send,
  };
}

function submission(op: UserOperation, authorized: Authorization | undefined) {
  return { op, ...(authorized && { authorization: authorized }) };
}
