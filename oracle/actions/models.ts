import { digestOfCid } from "@openledger/protocol/cid.ts";
import { ZERO_HASH } from "@openledger/protocol/hex.ts";
import type { Contracts } from "../chain/contracts.ts";
import { AccessError, NotFoundError } from "../common/errors.ts";
import type { Call } from "./call.ts";

type Registry = Pick<Contracts, "ModelRegistry">;

/** A model, and who acts on it; undefined in a dry run. */
export interface OwnModel {
  readonly modelId: bigint;
  readonly account: string | undefined;
}

/** @param price of an answer, OPEN wei. @throws NotFoundError; AccessError for anybody but its owner and whom the owner approved */
export async function setPrice(contracts: Registry, model: OwnModel, price: bigint): Promise<Call> {
  await requireControl(contracts, model);
  return { kind: "set price", contract: "ModelRegistry", method: "setPrice", args: [model.modelId, price] };
}

/** The provider serves the model and is paid for it from the next epoch on. @throws as `setPrice` */
export async function setProvider(contracts: Registry, model: OwnModel, provider: string): Promise<Call> {
  await requireControl(contracts, model);
  return { kind: "set provider", contract: "ModelRegistry", method: "setProvider", args: [model.modelId, provider] };
}

/** @throws as `setPrice` */
export async function setModelUri(contracts: Registry, model: OwnModel, uri: string): Promise<Call> {
  await requireControl(contracts, model);
  return { kind: "set URI", contract: "ModelRegistry", method: "setUri", args: [model.modelId, uri] };
}

/**
 * A model that no contribution made: nobody trains it again, and nothing is escrowed.
 *
 * @param provider who would serve it
 */
export function mintBase(provider: string): Call {
  const terms = { parents: [], provider, price: 0n, base: true };
  return { kind: "mint model", contract: "ModelRegistry", method: "mint", args: [terms, ""] };
}

/** The version of a base: its hash on the chain is that of the file that names all others. @param base its CID */
export function publishBase(modelId: bigint, base: string): Call {
  const size = { rows: 0n, parameters: 0n, epochs: 0n, members: 0n };
  const hashes = { weightsHash: digestOfCid(base), recipeHash: ZERO_HASH, schemeId: ZERO_HASH };
  const artefacts = { ...hashes, snapshotIds: [], size, uri: base };
  return {
    kind: "publish version",
    contract: "ModelRegistry",
    method: "publishVersion",
    args: [modelId, artefacts, 0n],
  };
}

/** @throws NotFoundError for an id that no model has */
export async function requireModel({ ModelRegistry }: Registry, modelId: bigint): Promise<void> {
  const models = await ModelRegistry.modelCount();
  if (modelId <= models) return;
  throw new NotFoundError("there is no such model", {
    value: modelId,
    limit: models === 0n ? "none exists yet" : `1 to ${models}`,
    remedy: "GET /v1/models of an operator's API lists them.",
  });
}

/** @throws NotFoundError for an id that no model has; AccessError when the model is somebody else's */
export async function requireControl(contracts: Registry, { modelId, account }: OwnModel): Promise<void> {
  await requireModel(contracts, modelId);
  if (account === undefined) return;
  const { ModelRegistry } = contracts;
  const owner = await ModelRegistry.ownerOf(modelId);
  const allowed = [owner, await ModelRegistry.getApproved(modelId)].includes(account);
  if (allowed || (await ModelRegistry.isApprovedForAll(owner, account))) return;
  throw new AccessError("the model belongs to somebody else", {
    value: `model ${modelId} of ${owner}, key of ${account}`,
    limit: "its owner, or an account that the owner approved",
    remedy: "Use the owner's key, or one that the owner has approved.",
  });
}
