import { asAddress, type Address } from "@openledger/protocol/hex.ts";
import { getAddress, type Log } from "ethers";
import { decodeLog } from "../chain/decodeLog.ts";
import type { Sender } from "../chain/send.ts";
import { InputError, PaymentError } from "../common/errors.ts";
import type { Context } from "../jobs/context.ts";
import type { Authorisation, CheckedAuthorisation } from "./authorisation.ts";
import { rehearsePayment } from "./rehearse.ts";
import { CONTRACT_CHECK_GAS } from "./signature.ts";
import { createUnderway } from "./underway.ts";

/** What is made while a payment is checked, and what is done once the token would take it. */
export interface Work<T> {
  readonly make: () => Promise<T>;
  /** Whether it is made once the payment is mined, because making it costs money. */
  readonly isCostly?: boolean;
  /** Absent where that was done before, and the payment perhaps sent. */
  readonly store?: () => Promise<void>;
}

/** Takes the payments for answers: ERC-3009 authorisations to a model's till. */
export interface Payments {
  /**
   * Makes the work, sends the payment, and waits until it is mined. Nothing is sent that the token would refuse now, or whose
   * work fails. A payment that has reached the till, whoever sent it, is not sent.
   *
   * @returns the work, and where the till was paid
   * @throws PaymentError for a payment that the token does not take
   */
  charge<T>(payment: CheckedAuthorisation, till: Address, work: Work<T>): Promise<Charged<T>>;
  /** Finds out whether the payment would be taken now; sends nothing. @throws PaymentError */
  rehearse(payment: CheckedAuthorisation, till: Address): Promise<void>;
}

export interface Charged<T> {
  readonly made: T;
  readonly paid: Paid;
}

/** Where a till was paid. */
export interface Paid {
  readonly block: number;
  /** Hash of the transaction. */
  readonly transaction: string;
}

/** Cost of transferWithAuthorization with a key's signature, with margin: skips an estimate per payment. */
const PAYMENT_GAS = 200_000n;
/** Gas of a byte of calldata that is not zero, under the floor of EIP-7623. */
const BYTE_GAS = 40n;

export function createPayments(
  { contracts, deployment, events, provider }: Pick<Context, "contracts" | "deployment" | "events" | "provider">,
  sender: Sender,
): Payments {
  const token = contracts.OpenToken;
  const address = deployment.addresses.OpenToken;
  const underway = createUnderway();

  /** Where the token says that the authorisation was used: in the store, or in the blocks that are not in it yet. */
  async function usedIn({ from, nonce }: Authorisation): Promise<string | undefined> {
    const where = { authorizer: getAddress(from), nonce };
    const [stored] = await events.find({ contract: "OpenToken", name: "AuthorizationUsed", where });
    if (stored !== undefined) return stored.transactionHash;
    const head = await events.head();
    const topics = token.interface.encodeFilterTopics("AuthorizationUsed", [from, nonce]);
    const fromBlock = (head?.number ?? deployment.firstBlock - 1) + 1;
    const [log] = await provider.getLogs({ address, topics, fromBlock, toBlock: "latest" });
    return log?.transactionHash;
  }

  /** Where this authorisation paid the till; undefined where it has not. */
  async function paidIn(payment: Authorisation, till: Address): Promise<Paid | undefined> {
    const hash = await usedIn(payment);
    if (hash === undefined) return undefined;
    const receipt = (await provider.send("eth_getTransactionReceipt", [hash])) as RawReceipt | null;
    const logs = receipt?.logs.filter((log) => asAddress(log.address) === asAddress(address)) ?? [];
    const found = logs.map((log) => decodeLog(token.interface, log));
    // the token emits the transfer right after the authorisation's use
    const used = found.findIndex(
      (event) =>
        event?.name === "AuthorizationUsed" &&
        event.args["authorizer"] === getAddress(payment.from) &&
        event.args["nonce"] === payment.nonce,
    );
    const transfer = found[used + 1];
    if (used < 0 || transfer?.name !== "Transfer") return undefined;
    const { to, value } = transfer.args as { readonly to: string; readonly value: bigint };
    if (asAddress(to) !== till || value < payment.value) return undefined;
    return { block: Number(receipt!.blockNumber), transaction: hash };
  }

  function callOf(payment: CheckedAuthorisation, till: Address) {
    const { from, value, validAfter, validBefore, nonce, signature } = payment;
    const data = token.interface.encodeFunctionData(
      "transferWithAuthorization(address,address,uint256,uint256,uint256,bytes32,bytes)",
      [from, till, value, validAfter, validBefore, nonce, signature],
    );
    const contractGas = BigInt(data.length / 2) * BYTE_GAS + CONTRACT_CHECK_GAS;
    return { to: address, data, gasLimit: PAYMENT_GAS + (payment.byContract ? contractGas : 0n) };
  }

  const rehearseCall = (call: ReturnType<typeof callOf>, blockTag: "pending" | "latest") =>
    rehearsePayment(provider, { ...call, from: sender.address }, blockTag);

  async function send<T>(payment: CheckedAuthorisation, till: Address, work: Work<T>): Promise<Charged<T>> {
    const { from, nonce, value } = payment;
    const call = callOf(payment, till);
    const end = await underway.reserve(from, value, () => token.balanceOf(from));
    try {
      const tag = work.store === undefined ? "latest" : "pending";
      const early = work.isCostly === true ? undefined : work.make();
      await Promise.all([early, rehearseCall(call, tag)]);
      await work.store?.();
      const { blockNumber, hash } = await sender.send({
        key: `pay:${from}:${nonce}`,
        kind: "pay for inference",
        ...call,
      });
      return { made: await (early ?? work.make()), paid: { block: blockNumber, transaction: hash } };
    } catch (error) {
      // one that reverted in its block: the token says why
      if (!(error instanceof InputError)) await rehearseCall(call, "latest");
      throw error;
    } finally {
      end();
    }
  }

  async function answerFor<T>(paid: Paid, { make, store }: Work<T>): Promise<Charged<T>> {
    const made = await make();
    await store?.();
    return { made, paid };
  }

  return {
    charge: async (payment, till, work) => {
      if (payment.used) {
        const paid = await paidIn(payment, till);
        if (paid !== undefined) return answerFor(paid, work);
        throw usedError(payment);
      }
      try {
        return await send(payment, till, work);
      } catch (error) {
        // somebody else may have sent it in between: the money is in the till all the same
        const used = await token.authorizationState(payment.from, payment.nonce);
        const paid = used ? await paidIn(payment, till) : undefined;
        if (paid === undefined) throw error;
        return answerFor(paid, work);
      }
    },
    rehearse: async (payment, till) => {
      if (!payment.used) return rehearseCall(callOf(payment, till), "latest");
      if ((await paidIn(payment, till)) === undefined) throw usedError(payment);
    },
  };
}

function usedError({ nonce }: Authorisation): PaymentError {
  return new PaymentError("the authorisation was used for another payment, or cancelled", {
    value: nonce,
    remedy: "Sign one with a new nonce.",
  });
}

interface RawReceipt {
  readonly blockNumber: string;
  readonly logs: readonly Pick<Log, "address" | "topics" | "data">[];
}
