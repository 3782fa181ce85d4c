import { createRequire } from "node:module";
import { ENTRY_POINT } from "@openledger/protocol/entryPoint.ts";
import type { Artifact, IgnitionModuleBuilder, IgnitionModuleResult } from "@nomicfoundation/ignition-core";
import type { Parameters } from "../parameters.ts";
import type { Deployed } from "./liquidity.ts";

/** What gas in OPEN works with. */
export interface GasBase {
  readonly token: Deployed;
  readonly distributor: Deployed;
  readonly timelock: Deployed;
}

/** The account that keys delegate to, and the paymaster that takes OPEN for gas. */
export function deployGas(m: IgnitionModuleBuilder, { gas }: Parameters, { token, distributor, timelock }: GasBase) {
  // only its code is wanted, to be put where accounts look for it
  const placed: IgnitionModuleResult<string> =
    gas.entryPoint === "place"
      ? { EntryPointCode: m.contract("EntryPoint", published(), [], { id: "EntryPointCode" }) }
      : {};
  const { openPerEth, leastOpenPerEth, mostOpenPerEth, dailyBudgetEth } = gas;
  const price = [openPerEth, leastOpenPerEth, mostOpenPerEth];
  return {
    ...placed,
    EntryPoint: m.contractAt("EntryPoint", published(), ENTRY_POINT, { id: "EntryPoint" }),
    OpenAccount: m.contract("OpenAccount"),
    OpenPaymaster: m.contract("OpenPaymaster", [token, distributor, timelock, ...price, dailyBudgetEth]),
  };
}

/** EntryPoint v0.7 as it was published. */
function published(): Artifact {
  const path = "@account-abstraction/contracts/artifacts/EntryPoint.json";
  const { abi, bytecode } = createRequire(import.meta.url)(path) as Pick<Artifact, "abi" | "bytecode">;
  return {
    _format: "hh-sol-artifact-1",
    contractName: "EntryPoint",
    sourceName: "account-abstraction/core/EntryPoint.sol",
    abi,
    bytecode,
    // A deployment needs only what is sent.
    deployedBytecode: "0x",
    linkReferences: {},
    deployedLinkReferences: {},
  };
}
