import { type ChannelConfig, COLLECTOR_ADDRESS } from "@openledger/protocol/eip712/channel.ts";
import type { Contracts } from "../chain/contracts.ts";
import { InputError } from "../common/errors.ts";
import { collectorData, type DepositAuthorization } from "../gateway/channels/depositAuthorization.ts";
import type { Call } from "./call.ts";

/** Puts OPEN of the payer into a channel, which the first deposit opens. @param amount OPEN wei, as the payer has authorized */
export function depositToChannel(config: ChannelConfig, amount: bigint, authorization: DepositAuthorization): Call {
  return {
    kind: "deposit to a channel",
    contract: "PaymentChannels",
    method: "deposit",
    args: [config, amount, COLLECTOR_ADDRESS, collectorData(authorization)],
  };
}

/** Announces that the payer takes back what is not claimed until the delay has passed. @throws InputError for an empty channel */
export async function announceWithdrawal(
  { PaymentChannels }: Pick<Contracts, "PaymentChannels">,
  config: ChannelConfig,
): Promise<Call> {
  const channelId = await PaymentChannels.getChannelId(config);
  const { balance, totalClaimed } = await PaymentChannels.channels(channelId);
  if (balance > totalClaimed) {
    return {
      kind: "announce withdrawal",
      contract: "PaymentChannels",
      method: "initiateWithdraw",
      args: [config, balance],
    };
  }
  throw new InputError("the channel has nothing to take back", {
    value: `${balance} wei deposited, ${totalClaimed} wei claimed of channel ${channelId}`,
    limit: "a channel of which less was claimed than deposited",
  });
}

/** Takes it back once the delay has passed. @param now chain time in unix seconds. @throws InputError before */
export async function finishWithdrawal(
  { PaymentChannels }: Pick<Contracts, "PaymentChannels">,
  config: ChannelConfig,
  now: bigint,
): Promise<Call> {
  const channelId = await PaymentChannels.getChannelId(config);
  const { amount, initiatedAt } = await PaymentChannels.pendingWithdrawals(channelId);
  const due = initiatedAt + BigInt(config.withdrawDelay);
  if (amount > 0n && now >= due) {
    return { kind: "finish withdrawal", contract: "PaymentChannels", method: "finalizeWithdraw", args: [config] };
  }
  throw new InputError(amount === 0n ? "no withdrawal was announced" : "the withdrawal cannot be finished yet", {
    value: `channel ${channelId}, at ${now}`,
    limit: amount === 0n ? "an announced withdrawal" : `${due}, a day after it was announced`,
    remedy: amount === 0n ? "Announce it first, without --finish." : "Ask again then.",
  });
}
