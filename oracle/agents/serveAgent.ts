import { AbiCoder } from "ethers";
import { z } from "zod";
import type { Contracts } from "../chain/contracts.ts";
import { asAddress } from "@openledger/protocol/hex.ts";
import { AccessError, NotFoundError } from "../common/errors.ts";
import type { Buyer } from "../gateway/buyer.ts";
import type { ServedAgent } from "../gateway/servedModels.ts";
import type { ContentFiles } from "../jobs/contentFiles.ts";
import { createActor } from "./action.ts";
import { type AgentManifest, getAgentManifest } from "./manifest.ts";

/** The key of an identity's metadata that names the agent's model. */
export const MODEL_KEY = "openledger.model";

/** An agent as the chain has it. */
export interface RegisteredAgent {
  readonly agentId: bigint;
  readonly modelId: bigint;
  /** The model's newest version. */
  readonly versionId: bigint;
  readonly manifest: AgentManifest;
}

type Registries = Pick<Contracts, "AgentIdentityRegistry" | "ModelRegistry">;

export function encodeModel(modelId: bigint): string {
  return AbiCoder.defaultAbiCoder().encode(["uint256"], [modelId]);
}

/** @throws NotFoundError for an identity that names no model */
export async function modelOfAgent({ AgentIdentityRegistry }: Registries, agentId: bigint): Promise<bigint> {
  const named = await AgentIdentityRegistry.getMetadata(agentId, MODEL_KEY);
  if (/^0x[0-9a-f]{64}$/u.test(named) && BigInt(named) > 0n) return BigInt(named);
  throw new NotFoundError("there is no such agent, or it names no model", {
    value: agentId,
    limit: `an identity whose metadata ${MODEL_KEY} is a model's id`,
    remedy: "npx openledger agent create makes both.",
  });
}

/** Reads an agent and its manifest. @throws NotFoundError; ContentError for a manifest that is not the version */
export async function readAgent(
  contracts: Registries,
  content: ContentFiles,
  agentId: bigint,
  firstBlock: number,
): Promise<RegisteredAgent> {
  const { ModelRegistry } = contracts;
  const modelId = await modelOfAgent(contracts, agentId);
  const filter = ModelRegistry.filters.VersionPublished(undefined, modelId);
  const last = (await ModelRegistry.queryFilter(filter, firstBlock)).at(-1);
  if (last === undefined) {
    throw new NotFoundError("the agent's model has no version", {
      value: modelId,
      remedy: "npx openledger agent create publishes one.",
    });
  }
  const { versionId, artefacts } = last.args;
  const { uri, weightsHash } = z.object({ uri: z.string(), weightsHash: z.string() }).parse({
    uri: artefacts.uri,
    weightsHash: artefacts.weightsHash,
  });
  return { agentId, modelId, versionId, manifest: await getAgentManifest(content, uri, weightsHash) };
}

/** The agent as a gateway serves it, for as long as this account is its wallet. */
export function servedAgent(
  { AgentIdentityRegistry }: Registries,
  { agentId, modelId, versionId, manifest }: RegisteredAgent,
  account: string,
  buyer: Buyer,
): ServedAgent {
  return {
    modelId,
    versionId,
    predictor: createActor(manifest, buyer),
    isRunning: async () => asAddress(await AgentIdentityRegistry.getAgentWallet(agentId)) === asAddress(account),
  };
}

/** @throws AccessError for a key that its owner has not made the agent's wallet */
export async function requireAgentWallet(
  { AgentIdentityRegistry }: Registries,
  agentId: bigint,
  account: string,
): Promise<void> {
  const wallet = await AgentIdentityRegistry.getAgentWallet(agentId);
  if (asAddress(wallet) === asAddress(account)) return;
  throw new AccessError("the key is not the agent's wallet", {
    value: account,
    limit: wallet,
    remedy: "Use the wallet's key, or have the agent's owner create it with this one.",
  });
}
