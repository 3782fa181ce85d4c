import { channelHashes } from "@openledger/protocol/eip712/channel.ts";
import type { AddRoutes } from "../api/server.ts";
import type { Context } from "../jobs/context.ts";
import type { Channels } from "../store/channels.ts";
import { signingDomain } from "@openledger/protocol/eip712/domain.ts";
import { asAddress } from "@openledger/protocol/hex.ts";
import type { Inferences } from "../store/inferences.ts";
import type { Statements } from "../store/statements.ts";
import { a2aRoutes } from "./a2a/a2aRoutes.ts";
import { answeredRoutes } from "./answeredRoutes.ts";
import { tokenDomain } from "./authorisation.ts";
import { createChannelSales } from "./channels/channelSales.ts";
import { createChannelView } from "./channels/channelView.ts";
import { createDeposits } from "./channels/deposits.ts";
import type { Gateway } from "./gateway.ts";
import { openAiRoutes } from "./openai/openAiRoutes.ts";
import { inferenceRoutes } from "./routes.ts";
import { statementRoutes } from "./statements/statementRoutes.ts";
import { facilitatorRoutes } from "./x402/facilitator.ts";
import { paidToken } from "./x402/requirements.ts";
import { createServiceLevels } from "./x402/serviceLevel.ts";
import { createShop } from "./x402/shop.ts";

/** What a provider keeps of its sales. */
export interface SalesStores {
  readonly inferences: Inferences;
  readonly channels: Channels;
  readonly statements: Statements;
}

/** What a provider answers over HTTP: paid inference, its receipts, and the settlement of payments to its tills. */
export async function gatewayRoutes(
  context: Pick<Context, "config" | "contracts" | "deployment" | "log" | "provider">,
  gateway: Gateway,
  { inferences, channels, statements }: SalesStores,
  { wallet, sender }: NonNullable<Context["key"]>,
): Promise<AddRoutes> {
  const { config, contracts, deployment, log, provider } = context;
  const { cover, models } = gateway;
  const token = paidToken(deployment.chainId, await tokenDomain(contracts.OpenToken));
  const market = deployment.addresses.InferenceMarket;
  const publicUrl = config.OPENLEDGER_PUBLIC_URL;
  const view = createChannelView(context);
  const terms = { token, provider: wallet.address, hashes: channelHashes(BigInt(deployment.chainId)) };
  const deposits = createDeposits(context, sender);
  const deadlineMs = config.OPENLEDGER_ANSWER_DEADLINE;
  const sales = createChannelSales(context, {
    ...{ channels, inferences, models, cover, view, deposits, terms, wallet, deadlineMs },
  });
  const isPlaced = (await provider.send("eth_getCode", [deployment.addresses.PaymentChannels, "latest"])) !== "0x";
  const shop = createShop({
    gateway,
    channels: isPlaced ? sales : undefined,
    chainTime: () => view.time(),
    wallet,
    token,
    market,
    publicUrl,
    serviceLevel:
      deadlineMs === undefined
        ? undefined
        : createServiceLevels(wallet, { market, chainId: deployment.chainId, deadlineMs }),
  });
  const parts = [
    inferenceRoutes(shop),
    answeredRoutes(inferences),
    statementRoutes({
      ...{ channels, inferences, statements },
      domain: signingDomain(BigInt(deployment.chainId), asAddress(market)),
    }),
    facilitatorRoutes(gateway, token, wallet.address),
    openAiRoutes(shop, models, wallet.address, log),
    a2aRoutes(shop, models, log),
  ];
  return (server) => {
    for (const add of parts) add(server);
  };
}
