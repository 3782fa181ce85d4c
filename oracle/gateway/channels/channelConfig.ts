import type { ChannelConfig } from "@openledger/protocol/eip712/channel.ts";
import { COUNTERSIGNED_CHANNEL } from "@openledger/protocol/eip712/statement.ts";
import { asAddress, asHash, type Hash } from "@openledger/protocol/hex.ts";
import type { Offer } from "../client.ts";
import { WITHDRAW_DELAY } from "./channelTerms.ts";

/** The salt of a channel that its payer always finds again. */
export const FIRST_CHANNEL = asHash(`0x${"00".repeat(32)}`);

/**
 * A channel to the till of what is offered; if no salt says otherwise, one of which only what was confirmed counts.
 *
 * @param payer whose OPEN it is
 * @param voucherKey signs for what is taken of it
 */
export function channelConfig(
  { till, provider, token }: Pick<Offer, "till" | "provider" | "token">,
  payer: string,
  voucherKey: string,
  salt: Hash = COUNTERSIGNED_CHANNEL,
): ChannelConfig {
  return {
    payer: asAddress(payer),
    payerAuthorizer: asAddress(voucherKey),
    receiver: till,
    receiverAuthorizer: provider,
    token: asAddress(token.asset),
    withdrawDelay: WITHDRAW_DELAY,
    salt,
  };
}
