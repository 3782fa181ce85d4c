import type { AddRoutes } from "../api/server.ts";
import { blockTime } from "../chain/blockTime.ts";
import type { LocalWallet } from "../chain/wallet.ts";
import type { Context } from "../jobs/context.ts";
import type { Inferences } from "../store/inferences.ts";
import { answeredRoutes } from "./answeredRoutes.ts";
import { tokenDomain } from "./authorisation.ts";
import type { Gateway } from "./gateway.ts";
import { openAiRoutes } from "./openai/openAiRoutes.ts";
import { inferenceRoutes } from "./routes.ts";
import { facilitatorRoutes } from "./x402/facilitator.ts";
import { paidToken } from "./x402/requirements.ts";
import { createShop } from "./x402/shop.ts";

/** What a provider answers over HTTP: paid inference, its receipts, and the settlement of payments to its tills. */
export async function gatewayRoutes(
  {
    config,
    contracts,
    deployment,
    log,
    provider,
  }: Pick<Context, "config" | "contracts" | "deployment" | "log" | "provider">,
  gateway: Gateway,
  inferences: Inferences,
  wallet: LocalWallet,
): Promise<AddRoutes> {
  const token = paidToken(deployment.chainId, await tokenDomain(contracts.OpenToken));
  const market = deployment.addresses.InferenceMarket;
  const publicUrl = config.OPENLEDGER_PUBLIC_URL;
  const chainTime = () => blockTime(provider, "latest");
  const shop = createShop({ gateway, chainTime, wallet, token, market, publicUrl });
  const parts = [
    inferenceRoutes(shop),
    answeredRoutes(inferences),
    facilitatorRoutes(gateway, token, wallet.address),
    openAiRoutes(shop, gateway.models, wallet.address, log),
  ];
  return (server) => {
    for (const add of parts) add(server);
  };
}
