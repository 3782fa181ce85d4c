import type { LocalWallet } from "../../chain/wallet.ts";
import { toJson } from "../../common/json.ts";
import type { InferenceRequest } from "../../jobs/receiptFiles.ts";
import { type BoughtAnswer, type Offer, readAnswer, requireFaithful } from "../client.ts";
import type { ChannelPayer } from "./channelPayer.ts";

/**
 * Pays for an answer by a channel, and checks that the receipt is the provider's, for this request, this answer and this part of
 * the channel.
 *
 * @param identifier names the call: asking again under it gives the same answer and pays nothing twice
 * @throws ChainError with what the provider says; DisagreementError for a receipt that is not for what was asked.
 */
export async function buyByChannel(
  payer: ChannelPayer,
  offer: Offer,
  { address: consumer }: Pick<LocalWallet, "address">,
  request: InferenceRequest,
  identifier?: string,
): Promise<BoughtAnswer> {
  const { status, text, cumulative } = await payer.post(
    `/v1/models/${offer.modelId}/infer`,
    toJson(request),
    identifier,
  );
  const bought = readAnswer(status, text);
  // under its name, also after a voucher that a payer which has just started does not know of
  const wasBefore = identifier !== undefined && bought.receipt.cumulative !== cumulative;
  const paid = { request, consumer, paymentId: payer.channelId, cumulative: wasBefore ? undefined : cumulative };
  requireFaithful(bought, offer, paid);
  return bought;
}
