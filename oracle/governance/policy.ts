import { Contract, type ContractRunner, dataSlice, EventLog, getAddress, type Provider } from "ethers";
import { interfaceOf } from "../chain/artifacts.ts";
import type { ContractName, Deployment } from "../chain/deployment.ts";
import { FIXED, GOVERNED, type Governed, type Kind, type Unit, type Value } from "./governed.ts";
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
}

type Source = ContractRunner & Pick<Provider, "getBlock" | "getStorage" | "getTransactionReceipt">;

/** Where ERC-1967 keeps the implementation of a proxy. */
const IMPLEMENTATION_SLOT = "0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc";

/** Every value that governance decides about, or that is fixed for ever, as the chain has it. */
export async function readPolicy(deployment: Deployment, source: Source): Promise<PolicyValue[]> {
  const originOf = originsOf(deployment, source);
  const at = (name: ContractName) => new Contract(deployment.addresses[name], interfaceOf(name), source);
  const rows: PolicyValue[] = [];
  for (const governed of GOVERNED) {
    const contract = at(governed.contract);
    const logs = await logsOf(contract, governed, deployment.firstBlock);
    for (const { value, name, read, log } of await valuesOf(contract, governed, logs, source)) {
      rows.push({
        contract: governed.contract,
        name,
        value: showAs(value.unit, read),
        bounds: formatBounds(value),
        kind: governed.kind,
        setter: governed.name,
        since: log && BigInt((await source.getBlock(log.blockNumber))!.timestamp),
        by: log === undefined ? "deployment" : await originOf(log),
      });
    }
  }
  for (const { contract, name, unit } of FIXED) {
    const value = showAs(unit, await at(contract).getFunction(name)());
    rows.push({
      contract,
      name,
      value,
      bounds: "",
      kind: "fixed",
      setter: undefined,
      since: undefined,
      by: "deployment",
    });
  }
  return rows;
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
  const read: ReadValue[] = [];
  if (keys !== undefined) {
    const lastOfKey = new Map(logs.map((log) => [keys.map((key) => String(log.args[key])).join(", "), log]));
    for (const [key, log] of lastOfKey) {
      for (const value of values) {
        const shown: unknown = await contract.getFunction(value.name)(...keys.map((name) => log.args[name] as unknown));
        read.push({ value, name: `${value.name}(${key})`, read: shown, log });
      }
    }
    return read;
  }
  const fields = struct && ((await contract.getFunction(struct)()) as Readonly<Record<string, unknown>>);
  for (const value of values) {
    const shown = fields ? fields[value.name] : await readOne(contract, value.name, source);
    read.push({ value, name: fields ? `${struct}.${value.name}` : value.name, read: shown, log: logs.at(-1) });
  }
  return read;
}

/** What a getter shows; the implementation of a proxy has none. */
async function readOne(contract: Contract, getter: string, source: Source): Promise<unknown> {
  if (getter !== "implementation") return contract.getFunction(getter)();
  return getAddress(dataSlice(await source.getStorage(await contract.getAddress(), IMPLEMENTATION_SLOT), 12));
}

function showAs(unit: Unit, read: unknown): string {
  return typeof read === "bigint" ? formatValue(unit, read) : show(read);
}
