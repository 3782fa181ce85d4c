import { formatOpen } from "@openledger/protocol/units.ts";
import type { ModelOffer } from "../servedModels.ts";
import type { Requirements } from "./wire.ts";

/**
 * What a person reads who has not paid. Stock clients refuse tokens that they do not know until they are told to spend them:
 * the text has the line to tell them.
 */
export function priceText({ modelId, price }: ModelOffer, { network, asset, amount }: Requirements): string {
  const asset_ = JSON.stringify({ network, asset, maxAmountPerPayment: amount });
  return [
    `Payment required: ${formatOpen(price)} OPEN for an answer of model ${modelId}, by x402 with an ERC-3009 authorization.`,
    "Nothing was paid or computed.",
    `A client whose spend controls refuse OPEN: client.setSpendControls({ allowedAssets: [${asset_}] }).`,
  ].join(" ");
}
