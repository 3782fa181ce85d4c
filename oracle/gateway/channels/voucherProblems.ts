import type { Hash } from "@openledger/protocol/hex.ts";
import { PaymentError } from "../../common/errors.ts";
import type { ChannelState } from "./channelView.ts";

/** A channel as the chain and the provider know it. Wei. */
export interface ChannelStatus extends ChannelState {
  readonly channelId: Hash;
  /** What its answers have cost so far. */
  readonly charged: bigint;
  /** Of the voucher for that; empty where there is none. */
  readonly signature: string;
}

/** A voucher that does not go on where the channel is: the refusal says where that is, with the client's own signature. */
export class StaleVoucherError extends PaymentError {
  readonly channel: ChannelStatus;

  constructor({ maxClaimableAmount }: { readonly maxClaimableAmount: bigint }, price: bigint, channel: ChannelStatus) {
    super("the voucher does not go on where the channel is", {
      value: `${maxClaimableAmount} wei`,
      limit: `${channel.charged + price} wei: ${channel.charged} charged before, and the price of ${price}`,
      remedy: "Sign a voucher for that much; PAYMENT-REQUIRED has the last voucher that was taken.",
    });
    this.channel = channel;
  }
}

/** @throws PaymentError where the channel's money may be gone before the voucher is claimed */
export function requireCovered({ balance, withdrawRequestedAt, channelId }: ChannelStatus, cumulative: bigint): void {
  if (withdrawRequestedAt !== 0n) {
    throw new PaymentError("a withdrawal from the channel is pending", {
      value: `channel ${channelId}, announced at ${withdrawRequestedAt}`,
      limit: "a channel whose payer has announced no withdrawal",
      remedy: "Open another channel, with another salt, or pay by the scheme exact.",
    });
  }
  if (cumulative <= balance) return;
  throw new PaymentError("the channel's balance does not cover the voucher", {
    value: `${cumulative} wei`,
    limit: `${balance} wei in channel ${channelId}`,
    remedy: "Send the voucher with a deposit for the channel.",
  });
}
