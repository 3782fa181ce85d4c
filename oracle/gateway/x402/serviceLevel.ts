import type { LocalWallet } from "../../chain/wallet.ts";
import type { ModelOffer } from "../servedModels.ts";
import type { Extension } from "./wire.ts";

/** Our extension: in what time an answer that a channel pays for comes, or is not charged. */
export const SERVICE_LEVEL = "openledger-service-level";

const DOMAIN = { name: "OpenLedger service level", version: "1" };
const TYPES = {
  ServiceLevel: [
    { name: "market", type: "address" },
    { name: "modelId", type: "uint256" },
    { name: "price", type: "uint256" },
    { name: "deadlineMs", type: "uint256" },
  ],
};
const SCHEMA = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  type: "object",
  properties: { deadlineMs: { type: "integer" }, signature: { type: "string" } },
};

/** The promise for answers of a model, signed. */
export type ServiceLevelOf = (offer: Pick<ModelOffer, "modelId" | "price">) => Promise<Extension>;

/** Signs what a provider promises, once for each model and price. */
export function createServiceLevels(
  wallet: LocalWallet,
  { market, chainId, deadlineMs }: { readonly market: string; readonly chainId: number; readonly deadlineMs: number },
): ServiceLevelOf {
  const signed = new Map<string, Promise<string>>();
  return async ({ modelId, price }) => {
    const key = `${modelId} ${price}`;
    const message = { market, modelId, price, deadlineMs };
    const signature = signed.get(key) ?? wallet.signTypedData({ ...DOMAIN, chainId }, TYPES, message);
    signed.set(key, signature);
    const info = { market, modelId: `${modelId}`, price: `${price}`, deadlineMs, signature: await signature };
    return { info, schema: SCHEMA };
  };
}
