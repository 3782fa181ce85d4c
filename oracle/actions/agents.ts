import type { Receipt } from "@openledger/protocol/eip712/receipt.ts";
import type { Hash } from "@openledger/protocol/hex.ts";
import type { SumProof } from "@openledger/protocol/trees/sumTree.ts";
import { BPS } from "@openledger/protocol/units.ts";
import { ZeroHash } from "ethers";
import type { IPaymentChannels } from "../../typechain-types/contracts/interfaces/IPaymentChannels.ts";
import { encodeModel, MODEL_KEY } from "../agents/serveAgent.ts";
import type { Contracts } from "../chain/contracts.ts";
import type { LocalWallet } from "../chain/wallet.ts";
import { InputError } from "../common/errors.ts";
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

/** Equal shares of the owner's part for the models, ascending by id as the registry wants them. @param percent of all together */
export function sharesOf(modelIds: readonly bigint[], percent: number): Parent[] {
  const shareBps = Math.floor((percent * Number(BPS)) / 100 / modelIds.length);
  if (!(percent > 0 && percent <= 100)) {
    throw new InputError("this is not a share", { value: percent, limit: "more than 0 and at most 100 percent" });
  }
  return modelIds.toSorted((a, b) => (a < b ? -1 : 1)).map((modelId) => ({ modelId, shareBps }));
}

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

/** A receipt of an agent's answer, and where its provider committed to it. */
export interface CommittedReceipt {
  readonly receipt: Receipt;
  readonly epoch: bigint;
  readonly proof: SumProof;
}

/** Shows the registry that a receipt's consumer paid the agent. @param channel that paid; absent for an authorization */
export function redeemReceipt(
  agentId: bigint,
  { receipt, epoch, proof }: CommittedReceipt,
  channel?: IPaymentChannels.ChannelConfigStruct,
): Call {
  const shown = [agentId, epoch, receipt, proof];
  return {
    kind: "redeem receipt",
    contract: "AgentReputationRegistry",
    ...(channel === undefined
      ? { method: "redeem", args: shown }
      : { method: "redeemOfChannel", args: [...shown, channel] }),
  };
}

/** What a client says of an agent. */
export interface Feedback {
  /** In units of 10^-decimals. */
  readonly value: bigint;
  readonly decimals: number;
  readonly tags: readonly string[];
  readonly endpoint: string;
}

/** Says it; takes one redeemed receipt. */
export function giveFeedback(agentId: bigint, { value, decimals, tags, endpoint }: Feedback): Call {
  const [tag1 = "", tag2 = ""] = tags;
  return {
    kind: "give feedback",
    contract: "AgentReputationRegistry",
    method: "giveFeedback",
    args: [agentId, value, decimals, tag1, tag2, endpoint, "", ZeroHash],
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
