import { formatOpen } from "@openledger/protocol/units.ts";
import type { AddRoutes } from "../api/server.ts";
import { toJson } from "../common/json.ts";
import { A2A_PATH } from "../gateway/a2a/a2aRoutes.ts";
import type { ServedModels } from "../gateway/servedModels.ts";
import type { AgentManifest } from "./manifest.ts";

export interface CardSource {
  readonly agentId: bigint;
  readonly modelId: bigint;
  readonly manifest: AgentManifest;
  /** Of AgentIdentityRegistry, as CAIP-10 has it. */
  readonly registry: string;
  readonly models: Pick<ServedModels, "offerOf">;
  /** What clients reach the agent by. */
  readonly publicUrl: string;
}

/** The agent's card of the A2A protocol at its well-known address: what it does, where it is asked, and what it costs. */
export function agentCardRoutes({ agentId, modelId, manifest, registry, models, publicUrl }: CardSource): AddRoutes {
  return (server) => {
    server.get(
      "/.well-known/agent-card.json",
      { schema: { summary: "The agent's card", hide: true } },
      async (_, reply) => {
        const { price, versionId } = await models.offerOf(modelId);
        const card = {
          name: manifest.name,
          description: manifest.description,
          version: `${versionId}`,
          supportedInterfaces: [
            {
              url: `${publicUrl}${A2A_PATH.replace(":modelId", `${modelId}`)}`,
              protocolBinding: "JSONRPC",
              protocolVersion: "1.0",
            },
            // the binding is a URI where it is none of the protocol's own
            {
              url: `${publicUrl}/v1/models/${modelId}/infer`,
              protocolBinding: "https://github.com/coinbase/x402",
              protocolVersion: "2",
            },
            {
              url: `${publicUrl}/v1/chat/completions`,
              protocolBinding: "https://api.openai.com/v1",
              protocolVersion: "1",
            },
          ],
          capabilities: { streaming: false, pushNotifications: false },
          defaultInputModes: ["text/plain"],
          defaultOutputModes: ["text/plain", "application/json"],
          skills: [
            {
              id: "act",
              name: manifest.name,
              description: `${manifest.description} An action costs ${formatOpen(price)} OPEN, by x402.`,
              tags: manifest.tools.map(({ name }) => name),
            },
          ],
          registrations: [{ agentId: Number(agentId), agentRegistry: registry }],
          x402Support: true,
        };
        return reply.type("application/json").send(toJson(card));
      },
    );
  };
}
