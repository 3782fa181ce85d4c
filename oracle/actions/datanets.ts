import type { Contracts } from "../chain/contracts.ts";
import { AccessError, InputError } from "../common/errors.ts";
import type { Call } from "./call.ts";

/** Terms as DatanetRegistry.Terms holds them. */
export interface DatanetTerms {
  /** Bits, in the order of LICENCE_BITS. */
  readonly licence: number;
  /** Unix seconds; 0: never. */
  readonly licenceExpiry: bigint;
  /** Position of IDatanetRegistry.Admission. */
  readonly admission: number;
  readonly votesNeeded: number;
  /** OPEN wei. */
  readonly bond: bigint;
  /** OPEN wei. */
  readonly reviewFee: bigint;
  /** 0: none. */
  readonly judgeModelId: bigint;
}

/** Who may review a Datanet's data, or contribute to one that does not take everybody's. */
export type Membership = "validator" | "contributor";

type Registry = Pick<Contracts, "DatanetRegistry">;

/** A Datanet, and who acts on it; undefined in a dry run. */
export interface OwnDatanet {
  readonly datanetId: bigint;
  readonly account: string | undefined;
}

/** The most that a contribution may cost in OPEN wei, and the model that may judge it; 0: none. */
export interface Caps {
  readonly bond: bigint;
  readonly reviewFee: bigint;
  readonly judgeModelId: bigint;
}

/** The Datanet's present terms, which its owner can change: what is sent names them as the most that it pays. */
export async function presentCaps(contracts: Registry, datanetId: bigint): Promise<Caps> {
  await requireDatanet(contracts, datanetId);
  const { bond, reviewFee, judgeModelId } = await contracts.DatanetRegistry.termsOf(datanetId);
  return { bond, reviewFee, judgeModelId };
}

/** Changes some of the terms and leaves the others. @throws InputError for an unknown id; AccessError for anybody but the owner */
export async function setTerms(
  contracts: Registry,
  datanet: OwnDatanet,
  changes: Partial<DatanetTerms>,
): Promise<Call> {
  await requireOwner(contracts, datanet);
  const { licence, licenceExpiry, admission, votesNeeded, bond, reviewFee, judgeModelId } =
    await contracts.DatanetRegistry.termsOf(datanet.datanetId);
  const terms = { licence, licenceExpiry, admission, votesNeeded, bond, reviewFee, judgeModelId, ...changes };
  return { kind: "set terms", contract: "DatanetRegistry", method: "setTerms", args: [datanet.datanetId, terms] };
}

/** @throws as `setTerms` */
export async function setUri(contracts: Registry, datanet: OwnDatanet, uri: string): Promise<Call> {
  await requireOwner(contracts, datanet);
  return { kind: "set URI", contract: "DatanetRegistry", method: "setUri", args: [datanet.datanetId, uri] };
}

/** @throws as `setTerms`; InputError when nothing would change */
export async function setMember(
  contracts: Registry,
  datanet: OwnDatanet,
  {
    membership,
    account,
    allowed,
  }: { readonly membership: Membership; readonly account: string; readonly allowed: boolean },
): Promise<Call> {
  await requireOwner(contracts, datanet);
  const { DatanetRegistry } = contracts;
  const { datanetId } = datanet;
  // who may contribute can be told only where not everybody may
  if (membership === "validator" && (await DatanetRegistry.isValidator(datanetId, account)) === allowed) {
    throw new InputError(allowed ? "the account is a validator already" : "the account is no validator", {
      value: `${account}, Datanet ${datanetId}`,
      limit: "a change",
    });
  }
  const method = membership === "validator" ? "setValidator" : "setContributor";
  const kind = `${allowed ? "add" : "remove"} ${membership}`;
  return { kind, contract: "DatanetRegistry", method, args: [datanetId, account, allowed] };
}

/** @throws InputError for an id that no Datanet has */
export async function requireDatanet({ DatanetRegistry }: Registry, datanetId: bigint): Promise<void> {
  const count = await DatanetRegistry.count();
  if (datanetId <= count) return;
  throw new InputError("there is no such Datanet", {
    value: datanetId,
    limit: count === 0n ? "none exists yet" : `1 to ${count}`,
    remedy: "npx openledger datanet list",
  });
}

async function requireOwner(contracts: Registry, { datanetId, account }: OwnDatanet): Promise<void> {
  await requireDatanet(contracts, datanetId);
  if (account === undefined) return;
  const owner = await contracts.DatanetRegistry.ownerOf(datanetId);
  if (BigInt(owner) === BigInt(account)) return;
  throw new AccessError("the Datanet belongs to somebody else", {
    value: `Datanet ${datanetId}, key of ${account}`,
    limit: `its owner, ${owner}`,
    remedy: "Use the owner's key.",
  });
}
