import type { Hash } from "@openledger/protocol/hex.ts";
import { ZeroHash } from "ethers";
import { encodeModel, MODEL_KEY } from "../agents/serveAgent.ts";
import type { Contracts } from "../chain/contracts.ts";
import type { LocalWallet } from "../chain/wallet.ts";
import type { Call } from "./call.ts";

/** A model to which a part of the agent's revenue flows. */
export interface Parent {
  readonly modelId: bigint;
  readonly shareBps: number;
}

/** What an agent does not have: it was not trained. */
const NO_TRAINING = { rows: 0n, parameters: 0n, epochs: 0n, members: 0n };
/** Seconds for which the wallet's signature is valid; the registry takes at most five minutes. */
const WALLET_DEADLINE = 240n;
const WALLET_TYPES = {
  AgentWalletSet: [
    { name: "agentId", type: "uint256" },
    { name: "newWallet", type: "address" },
    { name: "owner", type: "address" },
    { name: "deadline", type: "uint256" },
  ],
};

/** Mints the agent's model: without data, derived from the models that the agent uses. @param price OPEN wei of an action */
export function mintAgent(parents: readonly Parent[], provider: string, price: bigint, uri: string): Call {
  const terms = { parents, provider, price, base: true };
  return { kind: "mint agent", contract: "ModelRegistry", method: "mint", args: [terms, uri] };
}

/** Publishes a version of it. @param hash of the manifest at `uri` */
export function publishAgent(modelId: bigint, hash: Hash, uri: string): Call {
  const artefacts = {
    weightsHash: hash,
    recipeHash: ZeroHash,
    schemeId: ZeroHash,
    snapshotIds: [],
    size: NO_TRAINING,
    uri,
  };
  return {
    kind: "publish agent",
    contract: "ModelRegistry",
    method: "publishVersion",
    args: [modelId, artefacts, 0n],
  };
}

/** Gives it an identity that names its model. */
export function registerAgent(modelId: bigint, uri: string): Call {
  return {
    kind: "register agent",
    contract: "AgentIdentityRegistry",
    method: "register(string,(string,bytes)[])",
    args: [uri, [{ metadataKey: MODEL_KEY, metadataValue: encodeModel(modelId) }]],
  };
}

/** Makes a key the agent's wallet, which signs that it is. @param now chain time in unix seconds */
export async function setAgentWallet(
  { AgentIdentityRegistry }: Pick<Contracts, "AgentIdentityRegistry">,
  {
    agentId,
    owner,
    wallet,
    chainId,
    now,
  }: {
    readonly agentId: bigint;
    readonly owner: string;
    readonly wallet: LocalWallet;
    readonly chainId: number;
    readonly now: bigint;
  },
): Promise<Call> {
  const deadline = now + WALLET_DEADLINE;
  const domain = {
    name: "ERC8004IdentityRegistry",
    version: "1",
    chainId,
    verifyingContract: await AgentIdentityRegistry.getAddress(),
  };
  const signature = await wallet.signTypedData(domain, WALLET_TYPES, {
    agentId,
    newWallet: wallet.address,
    owner,
    deadline,
  });
  return {
    kind: "set agent wallet",
    contract: "AgentIdentityRegistry",
    method: "setAgentWallet",
    args: [agentId, wallet.address, deadline, signature],
  };
}

/** Takes it away again: the agent serves nobody from then on. */
export function unsetAgentWallet(agentId: bigint): Call {
  return {
    kind: "stop agent",
    contract: "AgentIdentityRegistry",
    method: "unsetAgentWallet",
    args: [agentId],
  };
}
