import { Contract, type ContractRunner, dataSlice, EventLog, getAddress, type Provider } from "ethers";
import { interfaceOf } from "../chain/artifacts.ts";
import type { ContractName, Deployment } from "../chain/deployment.ts";
import { FIXED, GOVERNED } from "./governed/all.ts";
import type { Governed, Kind, Unit, Value } from "./governed/governed.ts";
import { originsOf } from "./origins.ts";
import { formatBounds, formatValue } from "./policyWords.ts";
import { show } from "./proposals.ts";

/** A value of the policy as it is now. */
export interface PolicyValue {
  readonly contract: ContractName;
  /** Such as `split.ownerBps`, or `isFunder(0x…)`. */
  readonly name: string;
  readonly value: string;
  /** Empty: there are none. */
  readonly bounds: string;
  readonly kind: Kind | "fixed";
  /** The function that changes it; undefined: none does. */
  readonly setter: string | undefined;
  /** Unix seconds since when it is so; undefined: since the contract exists. */
  readonly since: bigint | undefined;
  /** Who decided it: `proposal 3`, `founder`, or `deployment`. */
  readonly by: string;
  /** What a scheme is, or where its certificate is reported; undefined: nobody showed it, or there is no more to say. */
  readonly detail: string | undefined;
}

type Source = ContractRunner & Pick<Provider, "getBlock" | "getStorage" | "getTransactionReceipt">;

/** Where ERC-1967 keeps the implementation of a proxy. */
const IMPLEMENTATION_SLOT = "0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc";

/** Every value that governance decides about, or that is fixed for ever, as the chain has it. */
export async function readPolicy(deployment: Deployment, source: Source): Promise<PolicyValue[]> {
  const originOf = originsOf(deployment, source);
  const descriptions = await descriptionsOf(deployment, source);
  const read = await readGoverned(GOVERNED, deployment, source);
  const governed = read.map(async ({ governed, value, name, read, log }) => ({
    contract: governed.contract,
    name,
    value: showAs(value.unit, read),
    bounds: formatBounds(value),
    kind: governed.kind,
    setter: governed.name,
    since: log && BigInt((await source.getBlock(log.blockNumber))!.timestamp),
    by: log === undefined ? "deployment" : await originOf(log),
    detail: detailOf(log, descriptions),
  }));
  const fixed = FIXED.map(async ({ contract, name, unit }) => {
    const getter = new Contract(deployment.addresses[contract], interfaceOf(contract), source).getFunction(name);
    const value = showAs(unit, await getter());
    return {
      contract,
      name,
      value,
      bounds: "",
      kind: "fixed",
      setter: undefined,
      since: undefined,
      by: "deployment",
      detail: undefined,
    } as const;
  });
  return Promise.all([...governed, ...fixed]);
}

/** What each scheme is, by its id: anybody may show it, as only the scheme itself hashes to its id. */
async function descriptionsOf(deployment: Deployment, source: Source): Promise<Map<string, string>> {
  const address = deployment.addresses.AttributionPolicy;
  const policy = new Contract(address, interfaceOf("AttributionPolicy"), source);
  const logs = await policy.queryFilter(policy.filters["SchemeDescribed"]!(), deployment.firstBlock);
  const described = logs.filter((log) => log instanceof EventLog);
  return new Map(described.map(({ args }) => [String(args["schemeId"]), String(args["description"])]));
}

function detailOf(log: EventLog | undefined, descriptions: ReadonlyMap<string, string>): string | undefined {
  if (log?.eventName === "SchemeSet") return descriptions.get(String(log.args["schemeId"]));
  return log?.eventName === "SchemeCertified" ? String(log.args["report"]) || undefined : undefined;
}

/** Getters of accounts that may do what others may not. */
const ROLES = new Set(["owner", "guardian", "proposalGuardian", "timelock", "hasRole", "isSlasher", "isFunder"]);

/** Who holds which role, by contract and role. */
export async function readRoles(deployment: Deployment, source: Source): Promise<Map<string, string>> {
  const roles = GOVERNED.filter(({ values }) => values.some(({ name }) => ROLES.has(name)));
  const read = await readGoverned(roles, deployment, source);
  return new Map(
    read.map(({ governed, name, value, read }) => [`${governed.contract}.${name}`, showAs(value.unit, read)]),
  );
}

/** The values of functions that governance alone may call; asked for at once, so that a provider can batch the requests. */
async function readGoverned(
  functions: readonly Governed[],
  deployment: Deployment,
  source: Source,
): Promise<(ReadValue & { governed: Governed })[]> {
  const found = functions.map(async (governed) => {
    const contract = new Contract(deployment.addresses[governed.contract], interfaceOf(governed.contract), source);
    const logs = await logsOf(contract, governed, deployment.firstBlock);
    const values = await valuesOf(contract, governed, logs, source);
    return values.map((value) => ({ ...value, governed }));
  });
  return (await Promise.all(found)).flat();
}

interface ReadValue {
  readonly value: Value;
  readonly name: string;
  readonly read: unknown;
  /** The last event about it. */
  readonly log: EventLog | undefined;
}

async function logsOf(contract: Contract, { events }: Governed, firstBlock: number): Promise<EventLog[]> {
  const found = await Promise.all(events.map((name) => contract.queryFilter(contract.filters[name]!(), firstBlock)));
  return found
    .flat()
    .filter((log) => log instanceof EventLog)
    .toSorted((a, b) => a.blockNumber - b.blockNumber || a.index - b.index);
}

async function valuesOf(
  contract: Contract,
  { values, struct, keys }: Governed,
  logs: readonly EventLog[],
  source: Source,
): Promise<ReadValue[]> {
  if (keys !== undefined) {
    const lastOfKey = new Map(logs.map((log) => [keys.map((key) => String(log.args[key])).join(", "), log]));
    const read = [...lastOfKey].flatMap(([key, log]) =>
      values.map(async (value) => {
        const args = keys.map((name) => log.args[name] as unknown);
        const shown: unknown = await contract.getFunction(value.name)(...args);
        return { value, name: `${value.name}(${key})`, read: shown, log };
      }),
    );
    return Promise.all(read);
  }
  const fields = struct && ((await contract.getFunction(struct)()) as Readonly<Record<string, unknown>>);
  const read = values.map(async (value) => {
    const shown = fields ? fields[value.name] : await readOne(contract, value.name, source);
    return { value, name: fields ? `${struct}.${value.name}` : value.name, read: shown, log: logs.at(-1) };
  });
  return Promise.all(read);
}

/** What a getter shows; the implementation of a proxy has none. */
async function readOne(contract: Contract, getter: string, source: Source): Promise<unknown> {
  if (getter !== "implementation") return contract.getFunction(getter)();
  return getAddress(dataSlice(await source.getStorage(await contract.getAddress(), IMPLEMENTATION_SLOT), 12));
}

function showAs(unit: Unit, read: unknown): string {
  return typeof read === "bigint" ? formatValue(unit, read) : show(read);
}
