import type { SoldAnswer } from "../channels/channelSales.ts";
import type { ChannelStatus, StaleVoucherError } from "../channels/voucherProblems.ts";
import { OPENLEDGER_RECEIPT, receiptStatement } from "./receiptExtension.ts";
import type { Requirements, SettleResponse } from "./wire.ts";

/** By this text, and no other, stock clients know that they can correct their voucher from what the refusal says. */
export const STALE = "invalid_batch_settlement_evm_cumulative_amount_mismatch";

/** What a client that paid by a channel is told: it keeps count of what it has signed by it. */
export function channelSettled(
  network: string,
  market: string,
  { paid, charged, channel }: SoldAnswer,
): SettleResponse {
  return {
    success: true,
    payer: paid.receipt.consumer,
    transaction: paid.transaction,
    network,
    amount: charged.toString(),
    extra: { chargedAmount: charged.toString(), channelState: stateOf(channel) },
    extensions: { [OPENLEDGER_RECEIPT]: receiptStatement(market, paid) },
  };
}

/** The offer with where the channel is; the last voucher proves it to who signed it. */
export function correctedRequirements(requirements: Requirements, { channel }: StaleVoucherError): Requirements {
  const { signature, charged } = channel;
  const voucherState = signature === "" ? {} : { signedMaxClaimable: charged.toString(), signature };
  return { ...requirements, extra: { ...requirements.extra, channelState: stateOf(channel), voucherState } };
}

function stateOf({ channelId, balance, totalClaimed, withdrawRequestedAt, charged }: ChannelStatus) {
  return {
    channelId,
    balance: balance.toString(),
    totalClaimed: totalClaimed.toString(),
    withdrawRequestedAt: Number(withdrawRequestedAt),
    refundNonce: "0",
    chargedCumulativeAmount: charged.toString(),
  };
}
