import type { InterfaceAbi } from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import type { NetworkConnection } from "hardhat/types/network";
import type { Addresses } from "../deploy/addresses.ts";
import { examine } from "../deploy/doctor.ts";
import { examineNativeToken } from "../deploy/nativeToken.ts";
import type { Parameters } from "../deploy/parameters.ts";
import { SCHEME_IDS } from "../deploy/scheme.ts";

/** Contracts of packages, which are read by the interface that is used of them. */
const ARTIFACTS: Readonly<Record<string, string>> = {
  EntryPoint: "IEntryPoint",
  UniswapV2Factory: "IUniswapV2Factory",
};

/** Prints what of a deployment differs from its file. Throws when anything does. */
export async function diagnose(
  hre: HardhatRuntimeEnvironment,
  connection: NetworkConnection,
  parameters: Parameters,
  addresses: Addresses,
): Promise<void> {
  const [deployer] = await connection.ethers.getSigners();
  if (deployer === undefined) throw new Error("no account: set DEPLOYER_KEY to the key that deployed");
  const findings = await examine(
    parameters,
    addresses,
    deployer.address,
    SCHEME_IDS,
    async (contract) => (await hre.artifacts.readArtifact(ARTIFACTS[contract] ?? contract)).abi as InterfaceAbi,
    connection.ethers.provider,
  );
  findings.push(...(await examineNativeToken(parameters, connection.ethers.provider)));
  const wrong = findings.filter((finding) => !finding.holds);
  for (const { what, expected, found } of wrong)
    console.log(`WRONG ${what}\n  expected ${expected}\n  found    ${found}`);
  console.log(`${findings.length - wrong.length} of ${findings.length} roles and parameters are as the file says`);
  if (wrong.length > 0) throw new Error(`${wrong.length} roles or parameters differ from the file`);
}
