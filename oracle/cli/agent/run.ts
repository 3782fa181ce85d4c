import { asAddress } from "@openledger/protocol/hex.ts";
import { agentCardRoutes } from "../../agents/agentCard.ts";
import { readAgent, requireAgentWallet, servedAgent } from "../../agents/serveAgent.ts";
import { createBuyer } from "../../gateway/buyer.ts";
import { openPurse } from "../../gateway/purse.ts";
import { networkOf } from "../../gateway/x402/wire.ts";
import { serveInference } from "../provider.ts";

export interface RunOptions {
  readonly provider?: readonly string[];
  readonly maxPerCall: bigint;
  readonly maxTotal: bigint;
  readonly spendFile?: string;
}

/** `openledger agent run`. */
export function runAgent(agentId: bigint, options: RunOptions): Promise<void> {
  return serveInference("agent", async ({ context }, shutdown) => {
    const { config, contracts, content, deployment, provider } = context;
    const { wallet } = context.key!;
    await requireAgentWallet(contracts, agentId, wallet.address);
    const registered = await readAgent(contracts, content, agentId, deployment.firstBlock);
    const limits = { perCall: options.maxPerCall, total: options.maxTotal };
    const purse = openPurse(limits, asAddress(wallet.address), options.spendFile);
    shutdown.onClose("purse", () => purse.close());
    const gateways = options.provider ?? [config.OPENLEDGER_PROVIDER_URL];
    const buyer = createBuyer({ contracts, deployment, provider, wallet, purse, gateways });
    return {
      served: servedAgent(contracts, registered, wallet.address, buyer),
      routes: (models) =>
        agentCardRoutes({
          ...registered,
          models,
          registry: `${networkOf(deployment.chainId)}:${deployment.addresses.AgentIdentityRegistry}`,
          publicUrl:
            config.OPENLEDGER_PUBLIC_URL ?? `http://${config.OPENLEDGER_API_HOST}:${config.OPENLEDGER_API_PORT}`,
        }),
    };
  });
}
