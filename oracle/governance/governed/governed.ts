import type { ContractName } from "../../chain/deployment.ts";

/**
 * How a function that governance alone may call is protected: `fast` by the timelock's delay; `exit`, announced in the contract itself
 * 60 days before as well; `once`, used up by the deployment.
 */
export type Kind = "fast" | "exit" | "once";

/** What a number means. */
export type Unit = "seconds" | "bps" | "OPEN" | "percent" | "count" | "time" | "other";

/** A value that a contract shows. */
export interface Value {
  /** Its getter, or the field of the struct that the function's getter shows. */
  readonly name: string;
  readonly unit: Unit;
  /** Bounds that hold whatever the other values are, in the contract's own unit. */
  readonly least?: bigint;
  readonly most?: bigint;
  /** What else has to hold. */
  readonly rule?: string;
}

/** A function that governance alone may call. */
export interface Governed {
  readonly contract: ContractName;
  readonly name: string;
  readonly kind: Kind;
  /** What it decides. */
  readonly about: string;
  /** Getter of the struct whose fields `values` are; undefined: each value has a getter of its own. */
  readonly struct?: string;
  readonly values: readonly Value[];
  /** Events that say that a value is another one. */
  readonly events: readonly string[];
  /** Arguments of the events by which the getter is asked: then there is one value for each of them. */
  readonly keys?: readonly string[];
}

export const MINUTE = 60n;
export const HOUR = 60n * MINUTE;
export const DAY = 24n * HOUR;
export const MAX_UINT64 = 2n ** 64n - 1n;

export const value = (name: string, unit: Unit, least?: bigint, most?: bigint, rule?: string): Value => ({
  name,
  unit,
  ...(least === undefined ? {} : { least }),
  ...(most === undefined ? {} : { most }),
  ...(rule === undefined ? {} : { rule }),
});
export const address = (name: string, rule?: string) => value(name, "other", undefined, undefined, rule);

/** What every owned contract has. */
export const owned = (contract: ContractName): Governed => ({
  contract,
  name: "transferOwnership",
  kind: "fast",
  about: "who governs it; what is delayed stays delayed for every owner",
  values: [address("owner")],
  events: ["OwnershipTransferred"],
});

/** The rest of what an owner may do without an argument that is a value. */
export const act = (contract: ContractName, name: string, about: string): Governed => ({
  contract,
  name,
  kind: "fast",
  about,
  values: [],
  events: [],
});

export const delayed = (contract: ContractName): Governed[] => [
  owned(contract),
  act(contract, "renounceOwnership", "nobody governs it any more"),
  act(contract, "announce", "a change that waits until everybody can leave"),
  act(contract, "withdrawAnnouncement", "takes an announced change back"),
];

export const upgradeable = (contract: ContractName): Governed[] => [
  ...delayed(contract),
  {
    contract,
    name: "upgradeToAndCall",
    kind: "exit",
    about: "the code",
    values: [address("implementation", "UUPS, with a compatible storage layout")],
    events: ["Upgraded"],
  },
];

/** A reference that is set once. */
export const wired = (
  contract: ContractName,
  name: string,
  values: readonly string[],
  events: readonly string[],
): Governed => ({
  contract,
  name,
  kind: "once",
  about: "what it works with",
  values: values.map((getter) => address(getter)),
  events,
});
