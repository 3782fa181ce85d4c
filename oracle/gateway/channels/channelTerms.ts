import type { ChannelConfig, ChannelHashes } from "@openledger/protocol/eip712/channel.ts";
import { asAddress, ZERO_ADDRESS } from "@openledger/protocol/hex.ts";
import { PaymentError } from "../../common/errors.ts";
import type { ModelOffer } from "../servedModels.ts";
import { keySignature } from "../signature.ts";
import type { PaidToken } from "../x402/requirements.ts";
import type { Requirements } from "../x402/wire.ts";
import type { VoucherPayload } from "./voucherCall.ts";

export const BATCH_SETTLEMENT = "batch-settlement";

/** Seconds between the announcement of a withdrawal and its effect, at the least: in them what is owed is claimed. */
export const WITHDRAW_DELAY = 86_400;
const MAX_WITHDRAW_DELAY = 30 * 86_400;
/** Answers that a client is told to deposit for, and those that it has to: the provider pays for the transaction. */
export const USUAL_DEPOSIT = 10n;
export const LEAST_DEPOSIT = 3n;

/** Who serves: its key claims, and is told in the offer. */
export interface ChannelTerms {
  readonly token: PaidToken;
  readonly provider: string;
  readonly hashes: ChannelHashes;
}

/** What an answer of a model costs by a channel to its till. */
export function channelRequirements(
  { token: { network, asset, extra }, provider }: Pick<ChannelTerms, "token" | "provider">,
  { price, till }: Pick<ModelOffer, "price" | "till">,
  maxTimeoutSeconds: number,
): Requirements {
  return {
    scheme: BATCH_SETTLEMENT,
    network,
    amount: price.toString(),
    asset,
    payTo: till,
    maxTimeoutSeconds,
    extra: {
      ...extra,
      receiverAuthorizer: provider,
      withdrawDelay: WITHDRAW_DELAY,
      minDeposit: (USUAL_DEPOSIT * price).toString(),
    },
  };
}

/**
 * Checks all of a voucher that is seen without the chain: that it is of a channel to the model's till which this provider can
 * claim from, and signed by the channel's key.
 *
 * @throws PaymentError
 */
export function requireVoucher(
  { token, provider, hashes }: ChannelTerms,
  { price, till }: Pick<ModelOffer, "price" | "till">,
  payment: VoucherPayload,
): void {
  const { channelConfig: config, voucher } = payment;
  requireConfig(config, { receiver: till, receiverAuthorizer: asAddress(provider), token: asAddress(token.asset) });
  const channelId = hashes.idOf(config);
  if (channelId !== voucher.channelId) {
    throw new PaymentError("the channel's id is not the hash of its configuration", {
      value: voucher.channelId,
      limit: channelId,
      remedy: "Compute it as getChannelId of the contract at the address that the scheme names.",
    });
  }
  const { maxClaimableAmount, signature } = voucher;
  const signed = keySignature(signature, hashes.digestOf({ channelId, maxClaimableAmount }));
  if (signed?.signer !== config.payerAuthorizer) {
    throw new PaymentError("the voucher is not signed by the channel's key", {
      value: signed?.signer ?? signature,
      limit: config.payerAuthorizer,
      remedy: "Sign Voucher(channelId, maxClaimableAmount) with the key in payerAuthorizer.",
    });
  }
  if (payment.type === "deposit" && payment.deposit.amount < LEAST_DEPOSIT * price) {
    throw new PaymentError("the deposit is too small", {
      value: `${payment.deposit.amount} wei`,
      limit: `${LEAST_DEPOSIT * price} wei, ${LEAST_DEPOSIT} answers: the provider pays for its transaction`,
      remedy: `Deposit the minDeposit of the offer, ${USUAL_DEPOSIT * price} wei.`,
    });
  }
}

function requireConfig(
  config: ChannelConfig,
  expected: Pick<ChannelConfig, "receiver" | "receiverAuthorizer" | "token">,
): void {
  for (const [name, limit] of Object.entries(expected)) {
    const value = config[name as keyof typeof expected];
    if (value === limit) continue;
    throw new PaymentError(`the channel has another ${name}`, {
      value,
      limit,
      remedy: "Open a channel as the offer's payTo, asset and extra say.",
    });
  }
  if (config.payerAuthorizer === ZERO_ADDRESS) {
    throw new PaymentError("the channel has no key of its own", {
      value: config.payerAuthorizer,
      limit: "the address of a key in payerAuthorizer",
      remedy: "Open a channel with a payerAuthorizer: a smart account names a key that signs its vouchers.",
    });
  }
  if (config.withdrawDelay < WITHDRAW_DELAY || config.withdrawDelay > MAX_WITHDRAW_DELAY) {
    throw new PaymentError("the channel's withdrawals take too short or too long", {
      value: `${config.withdrawDelay} s`,
      limit: `${WITHDRAW_DELAY} to ${MAX_WITHDRAW_DELAY} s`,
      remedy: "Open a channel with the withdrawDelay of the offer.",
    });
  }
}
