import { Mutex } from "async-mutex";
import { type Authorization, type JsonRpcProvider, zeroPadValue } from "ethers";
import { isFailedCall } from "../chain/revert.ts";
import type { Contracts } from "../chain/contracts.ts";
import { PRIORITY_FEE } from "../chain/fees.ts";
import { readL1Attributes } from "../chain/l1Attributes.ts";
import { readBaseFee } from "../chain/pending.ts";
import type { Sender } from "../chain/send.ts";
import type { LocalWallet } from "../chain/wallet.ts";
import { InputError, isRetryable, NotYetError } from "../common/errors.ts";
import { leastPreVerificationGas } from "./bundleCost.ts";
import { delegatesTo, delegationTo, placeDelegation, requireAuthorization } from "./delegation.ts";
import { describeRefusal } from "./refusal.ts";
import { gasLimitOf, packUserOperation, type UserOperation, userOperationHash } from "./userOperation.ts";

/** An operation, and what its account delegates to with the same transaction if it does not yet. */
export interface Submission {
  readonly op: UserOperation;
  readonly authorization?: Authorization;
}

export interface IncludedOperation {
  readonly transactionHash: string;
  readonly blockNumber: number;
  /** Whether its calls succeeded. */
  readonly success: boolean;
  /** Wei that the bundler was paid. */
  readonly actualGasCost: bigint;
}

export interface BundlerParts {
  readonly provider: JsonRpcProvider;
  readonly contracts: Pick<Contracts, "EntryPoint" | "OpenPaymaster">;
  readonly account: string;
  readonly chainId: bigint;
  readonly wallet: LocalWallet;
  readonly sender: Sender;
  /** Whether the chain is a simulated one, where an authorization that was checked is put in place beside the transaction. */
  readonly simulated: boolean;
}

export type Bundler = ReturnType<typeof createBundler>;

/** Half of what a block of the smaller OP chains holds. */
const MOST_GAS = 15_000_000n;
/** Gas of the transaction beside what the operation may use. */
const SPARE_GAS = 100_000n;
/** The EntryPoint keeps a 64th of the gas of each call, and asks for it before. */
const FRAME = 64n;
/** A fee that falls between the check and the block pays less for what layer 1 takes. */
const [FALL, OF] = [7n, 8n];
/** How long a sender waits whose operation was not what it had been when it was checked, in milliseconds. */
const PENALTY_MS = 3_600_000;
/** Senders that are remembered. */
const MOST_PENALTIES = 10_000;
/** Nonce of a transaction that is only measured: as long as any that is sent. */
const MEASURED_NONCE = 2 ** 24;
/** Blocks in which a receipt is looked for. */
const RECEIPT_BLOCKS = 10_000n;
const USER_OPERATION_EVENT = "0x49628fd1471006c1482da88028e9ce4dbb080b815c9b0344d39e5a8e6ec1419f";

/**
 * Includes operations of {@link Submission.op}'s kind, one a transaction: of accounts that delegate to `OpenAccount`, paid by
 * `OpenPaymaster`. What these two do when they are asked is known, so an operation that passed can only fail by what its own sender does
 * in between; such a sender is not served for an hour.
 */
export function createBundler(parts: BundlerParts) {
  const { provider, contracts, account, chainId, wallet, sender, simulated } = parts;
  const { EntryPoint, OpenPaymaster } = contracts;
  const turns = new Mutex();
  const penalties = new Map<string, number>();

  const bundleOf = (op: UserOperation) =>
    EntryPoint.interface.encodeFunctionData("handleOps", [[packUserOperation(op)], wallet.address]);
  const transactionGas = (op: UserOperation) => (gasLimitOf(op) * FRAME) / (FRAME - 1n) + SPARE_GAS;

  /** What the operation has to have as `preVerificationGas` now. */
  async function leastFor({ op, authorization }: Submission): Promise<bigint> {
    const [data, to, baseFee] = [bundleOf(op), await EntryPoint.getAddress(), await readBaseFee(provider)];
    const gasLimit = transactionGas(op);
    const { maxFeePerGas, maxPriorityFeePerGas } = op;
    const measured = { chainId, nonce: MEASURED_NONCE, to, data, gasLimit, maxFeePerGas, maxPriorityFeePerGas };
    const authorizationList = authorization === undefined ? [] : [authorization];
    const raw = await wallet.signTransaction({
      type: authorization === undefined ? 2 : 4,
      ...measured,
      ...(authorization && { authorizationList }),
    });
    const bundle = { raw, data, gasLimit, authorizations: authorizationList.length };
    return leastPreVerificationGas(bundle, await readL1Attributes(provider), (baseFee * FALL) / OF + PRIORITY_FEE);
  }

  async function check(submission: Submission): Promise<void> {
    const { op, authorization } = submission;
    const until = penalties.get(op.sender) ?? 0;
    if (until > Date.now()) {
      throw new NotYetError("this sender changed what an operation was checked by, before it was included", {
        value: op.sender,
        limit: `served again at ${new Date(until).toISOString()}`,
        remedy: "Wait, or send the transaction yourself.",
      });
    }
    if (gasLimitOf(op) > MOST_GAS) {
      throw new InputError("the operation asks for more gas than a bundle has", {
        value: `${gasLimitOf(op)} in all of its limits`,
        limit: `${MOST_GAS}`,
        remedy: "Make fewer calls at once.",
      });
    }
    const paymaster = await OpenPaymaster.getAddress();
    if (op.paymaster.toLowerCase() !== paymaster.toLowerCase()) {
      throw new InputError("this bundler takes what is paid for in OPEN", { value: op.paymaster, limit: paymaster });
    }
    if (authorization !== undefined) {
      await requireAuthorization(provider, authorization, { account: op.sender, contract: account, onChain: chainId });
    } else if (!(await delegatesTo(provider, op.sender, account))) {
      throw new InputError("the sender's account does not delegate to the account that this bundler knows", {
        value: op.sender,
        limit: account,
        remedy: "Send an EIP-7702 authorisation of it with the operation, as eip7702Auth.",
      });
    }
    const leastFee = 2n * (await readBaseFee(provider)) + PRIORITY_FEE;
    if (op.maxFeePerGas < leastFee || op.maxPriorityFeePerGas < PRIORITY_FEE) {
      throw new InputError("the operation offers too little for its gas", {
        value: `maxFeePerGas ${op.maxFeePerGas}, maxPriorityFeePerGas ${op.maxPriorityFeePerGas}`,
        limit: `at least ${leastFee} and ${PRIORITY_FEE} wei`,
        remedy: "Take the fees of eth_estimateUserOperationGas.",
      });
    }
    const least = await leastFor(submission);
    if (op.preVerificationGas < least) {
      throw new InputError("the operation does not pay for its calldata and for layer 1", {
        value: `preVerificationGas ${op.preVerificationGas}`,
        limit: `at least ${least}`,
        remedy: "Take the value of eth_estimateUserOperationGas.",
      });
    }
  }

  /** Runs the bundle as its transaction would. @throws InputError with the EntryPoint's reason */
  async function simulate({ op, authorization }: Submission): Promise<void> {
    const call = {
      from: wallet.address,
      to: await EntryPoint.getAddress(),
      data: bundleOf(op),
      gas: `0x${transactionGas(op).toString(16)}`,
    };
    const overrides = authorization === undefined ? [] : [{ [op.sender]: { code: delegationTo(account) } }];
    try {
      await provider.send("eth_call", [call, "latest", ...overrides]);
    } catch (error) {
      if (isRetryable(error) || !isFailedCall(error)) throw error;
      throw describeRefusal(error, EntryPoint.interface);
    }
  }

  async function include(submission: Submission): Promise<string> {
    const { op, authorization } = submission;
    await check(submission);
    await simulate(submission);
    if (authorization !== undefined && simulated) await placeDelegation(provider, op.sender, account);
    const hash = userOperationHash(op, chainId);
    try {
      await sender.send({
        key: `user operation ${hash}`,
        kind: "user operation",
        to: await EntryPoint.getAddress(),
        data: bundleOf(op),
        gasLimit: transactionGas(op),
        ...(authorization !== undefined && !simulated && { authorizations: [authorization] }),
      });
    } catch (error) {
      // it reverted in its block, by what the sender did after the check
      if (!isRetryable(error) && (await isRefusedNow(submission))) penalise(op.sender);
      throw error;
    }
    return hash;
  }

  async function isRefusedNow(submission: Submission): Promise<boolean> {
    return simulate(submission).then(
      () => false,
      (error: unknown) => error instanceof InputError,
    );
  }

  function penalise(account: string): void {
    if (penalties.size >= MOST_PENALTIES) penalties.delete(penalties.keys().next().value!);
    penalties.set(account, Date.now() + PENALTY_MS);
  }

  return {
    /** Includes an operation, and returns its hash once it is mined. @throws InputError when it is refused */
    send: (submission: Submission): Promise<string> => turns.runExclusive(() => include(submission)),

    /** The fees and the `preVerificationGas` that an operation of this size needs, with room for both to rise a little. */
    estimate: async ({ op, authorization }: Submission) => {
      const maxFeePerGas = (5n * (await readBaseFee(provider))) / 2n + PRIORITY_FEE;
      const offered = { ...op, maxFeePerGas, maxPriorityFeePerGas: PRIORITY_FEE };
      const least = await leastFor({ op: offered, ...(authorization && { authorization }) });
      return { preVerificationGas: (least * 11n) / 10n, maxFeePerGas, maxPriorityFeePerGas: PRIORITY_FEE };
    },

    /** What became of an operation; undefined when it is not included. */
    receipt: async (hash: string): Promise<IncludedOperation | undefined> => {
      const last = BigInt((await provider.send("eth_blockNumber", [])) as string);
      const first = last > RECEIPT_BLOCKS ? last - RECEIPT_BLOCKS : 0n;
      const [log] = (await provider.send("eth_getLogs", [
        {
          address: await EntryPoint.getAddress(),
          topics: [USER_OPERATION_EVENT, zeroPadValue(hash, 32)],
          fromBlock: `0x${first.toString(16)}`,
          toBlock: "latest",
        },
      ])) as { transactionHash: string; blockNumber: string; data: string }[];
      if (log === undefined) return undefined;
      // nonce, success, actualGasCost, actualGasUsed
      const word = (i: number) => BigInt(`0x${log.data.slice(2 + 64 * i, 66 + 64 * i)}`);
      const { transactionHash, blockNumber } = log;
      return { transactionHash, blockNumber: Number(blockNumber), success: word(1) === 1n, actualGasCost: word(2) };
    },
  };
}
