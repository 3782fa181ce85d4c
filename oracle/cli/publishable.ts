import type { Hash } from "@openledger/protocol/hex.ts";
import type { Call } from "../actions/call.ts";
import { requireControl, requireModel } from "../actions/models.ts";
import { of, requireManager, sharesOfModel } from "../actions/shares.ts";
import { InputError, NotFoundError } from "../common/errors.ts";
import { LICENCE_BITS } from "../store/datanets.ts";
import { chainTime, type Session } from "./session.ts";

/** What a version will be published under. */
export interface Publication {
  readonly datanetIds: readonly bigint[];
  /** An existing model; undefined for a new one. */
  readonly model: bigint | undefined;
  /** Whether the new model derives from another. */
  readonly derives: boolean;
  /** Of the new model, OPEN wei. */
  readonly price: bigint;
  readonly schemeId: Hash;
}

/**
 * Finds out before anything is pinned or minted whether the chain would take the version.
 *
 * @throws AccessError when the model is somebody else's; InputError when a licence or the scheme forbids it
 */
export async function requirePublishable(session: Session, publication: Publication): Promise<void> {
  const { ModelRegistry } = session.contracts;
  const { datanetIds, model, schemeId } = publication;
  if (model !== undefined) await requirePublisher(session, model);
  if (!(await ModelRegistry.isSchemeAllowed(schemeId))) {
    throw new InputError("the chain does not allow versions of this attribution scheme", {
      value: schemeId,
      limit: "a scheme that ModelRegistry.isSchemeAllowed names",
      remedy: "The owner of ModelRegistry allows schemes: docs/protocol.md.",
    });
  }
  const { derives, price } = model === undefined ? publication : await termsOf(session, model);
  const needed = LICENCE_BITS.filter(
    (use) => use === "train" || (use === "derive" && derives) || (use === "commercial" && price > 0n),
  );
  const now = await chainTime(session.provider);
  for (const datanetId of datanetIds) await requireLicence(session, datanetId, needed, now);
}

/** A model's owner publishes its versions; of one that is in shares, their manager. */
async function requirePublisher({ contracts, wallet }: Session, modelId: bigint): Promise<void> {
  const account = wallet?.address;
  await requireModel(contracts, modelId);
  const shares = await sharesOfModel(contracts, modelId);
  if (shares === undefined) await requireControl(contracts, { modelId, account });
  else if (account !== undefined) await requireManager(shares, account);
}

/** The call that publishes a version for this fee, and who takes the fee from the caller. */
export async function publishCall(
  { contracts, deployment }: Pick<Session, "contracts" | "deployment">,
  modelId: bigint,
  artefacts: object,
  fee: bigint,
): Promise<{ readonly spender: string; readonly call: Call }> {
  const kind = "publish version";
  const shares = await sharesOfModel(contracts, modelId);
  if (shares === undefined) {
    const args = [modelId, artefacts, fee];
    const call = { kind, contract: "ModelRegistry", method: "publishVersion", args } as const;
    return { spender: deployment.addresses.TrainingFees, call };
  }
  const call = { kind, ...(await of(shares)), method: "publish", args: [artefacts, fee] };
  return { spender: await shares.getAddress(), call };
}

/** @throws NotFoundError for an id that no version has */
export async function requirePublished({ contracts }: Session, version: bigint): Promise<void> {
  const versions = await contracts.ModelRegistry.versionCount();
  if (version <= versions) return;
  throw new NotFoundError("there is no such version", {
    value: version,
    limit: versions === 0n ? "none exists yet" : `1 to ${versions}`,
    remedy: "GET /v1/models of an operator's API lists them.",
  });
}

async function termsOf({ contracts }: Session, model: bigint): Promise<{ derives: boolean; price: bigint }> {
  const { parents, price } = await contracts.ModelRegistry.modelOf(model);
  return { derives: parents.length > 0, price };
}

async function requireLicence(
  { contracts }: Session,
  datanetId: bigint,
  needed: readonly (typeof LICENCE_BITS)[number][],
  now: bigint,
): Promise<void> {
  const { licence, licenceExpiry } = await contracts.DatanetRegistry.termsOf(datanetId);
  const granted = LICENCE_BITS.filter((_, bit) => (licence >> BigInt(bit)) & 1n);
  const missing = needed.filter((use) => !granted.includes(use));
  if (missing.length > 0) {
    throw new InputError("the licence of the Datanet does not allow this model", {
      value: `Datanet ${datanetId} allows ${granted.join(", ") || "nothing"}`,
      limit: `it must allow ${needed.join(", ")}`,
      remedy: missing.includes("commercial") ? "Give --price 0, or use another Datanet." : "Use another Datanet.",
    });
  }
  if (licenceExpiry === 0n || licenceExpiry >= now) return;
  throw new InputError("the licence of the Datanet has expired", {
    value: `Datanet ${datanetId}: ${licenceExpiry}`,
    limit: `after ${now}, the chain's time in unix seconds`,
    remedy: "Use another Datanet.",
  });
}
