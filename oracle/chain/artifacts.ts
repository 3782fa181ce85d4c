import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Interface, type InterfaceAbi } from "ethers";
import { ChainError } from "../common/errors.ts";

/** The repository's root, from which builds and deployments are read. */
export const REPOSITORY = fileURLToPath(new URL("../../", import.meta.url));

/** Contracts of packages, which are read by the interface that is used of them. */
const FOREIGN: Readonly<Record<string, string>> = { EntryPoint: "IEntryPoint", Seaport: "ISeaport" };

const interfaces = new Map<string, Interface>();
let paths: Map<string, string> | undefined;

/**
 * The ABI of a contract that this project builds, from the build's artefacts.
 *
 * @throws ChainError when the contracts were not built.
 */
export function interfaceOf(contract: string): Interface {
  const known = interfaces.get(contract);
  if (known !== undefined) return known;
  const path = artifactPaths().get(FOREIGN[contract] ?? contract);
  if (path === undefined) {
    throw new ChainError("the contracts are not built", {
      value: `${contract}.json`,
      limit: "an artefact under artifacts/contracts/",
      remedy: "Run npx hardhat build.",
    });
  }
  const { abi } = JSON.parse(readFileSync(path, "utf8")) as { abi: InterfaceAbi };
  const made = new Interface(abi);
  interfaces.set(contract, made);
  return made;
}

/** The ABIs of all contracts that this project builds. */
export function allInterfaces(): Interface[] {
  return [...artifactPaths().keys()].map(interfaceOf);
}

function artifactPaths(): Map<string, string> {
  const roots = ["@openzeppelin", "contracts"].map((folder) => join(REPOSITORY, "artifacts", folder));
  paths ??= new Map(
    roots
      .flatMap((root) => (existsSync(root) ? readdirSync(root, { recursive: true, withFileTypes: true }) : []))
      .filter((entry) => entry.isFile() && entry.name.endsWith(".json"))
      .map((entry) => [entry.name.slice(0, -".json".length), join(entry.parentPath, entry.name)]),
  );
  return paths;
}
