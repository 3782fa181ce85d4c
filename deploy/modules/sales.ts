import { createRequire } from "node:module";
import type { Artifact, IgnitionModuleBuilder } from "@nomicfoundation/ignition-core";
import type { Parameters } from "../parameters.ts";
import type { Deployed, LiquidityBase } from "./liquidity.ts";

const SOURCES = {
  Seaport: "Seaport.sol/Seaport",
  LocalConduitController: "conduit/ConduitController.sol/LocalConduitController",
} as const;

/** Where models, Datanets and contributions are sold: Seaport, and the zone that says what a sale needs. Nobody owns either. */
export function deploySales(
  m: IgnitionModuleBuilder,
  { liquidity }: Parameters,
  base: Omit<LiquidityBase, "grants">,
): { Seaport: Deployed; SaleZone: Deployed } {
  const exchange =
    liquidity.seaport === "deploy"
      ? m.contract("Seaport", published("Seaport"), [
          m.contract("ConduitController", published("LocalConduitController"), []),
        ])
      : m.contractAt("Seaport", published("Seaport"), liquidity.seaport);
  return { Seaport: exchange, SaleZone: m.contract("SaleZone", [{ ...base, exchange }]) };
}

/** A contract as OpenSea published it in Seaport's package. */
function published(name: keyof typeof SOURCES): Artifact {
  const path = `@opensea/seaport-js/src/artifacts/seaport/contracts/${SOURCES[name]}.json`;
  const { abi, bytecode } = createRequire(import.meta.url)(path) as Pick<Artifact, "abi" | "bytecode">;
  return {
    _format: "hh-sol-artifact-1",
    contractName: name,
    sourceName: `seaport/contracts/${SOURCES[name].split("/").slice(0, -1).join("/")}`,
    abi,
    bytecode,
    // A deployment needs only what is sent.
    deployedBytecode: "0x",
    linkReferences: {},
    deployedLinkReferences: {},
  };
}
