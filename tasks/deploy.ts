import { existsSync } from "node:fs";
import { join } from "node:path";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import type { NewTaskActionFunction } from "hardhat/types/tasks";
import { readAddresses, writeAddresses } from "../deploy/addresses.ts";
import { protocolModule } from "../deploy/modules/Protocol.ts";
import { readParameters } from "../deploy/parameters.ts";
import { SCHEMES } from "../deploy/scheme.ts";
import { diagnose } from "./diagnose.ts";
import { placeCode } from "./placeCode.ts";

/** How often a chain on this machine is asked for its next block, in milliseconds: it makes one at each transaction. */
const LOCAL_POLLING_MS = 20;

interface DeployArguments {
  deploymentId: string;
  parameters: string;
}

/** Deploys and wires the protocol, or finishes or confirms a deployment that exists, and examines the result on-chain. */
const deploy: NewTaskActionFunction<DeployArguments> = async (args, hre) => {
  const connection = await hre.network.create();
  const { networkName, networkConfig } = connection;
  const inProcess = networkConfig.type === "edr-simulated";
  const local = inProcess || networkName === "localhost";
  await buildContracts(hre, local);

  const file = args.parameters === "" ? parametersFileOf(networkName, inProcess) : args.parameters;
  const parameters = readParameters(file);
  const { chainId } = await connection.ethers.provider.getNetwork();
  if (chainId !== BigInt(parameters.chainId)) {
    throw new Error(
      `${networkName} has chain id ${chainId}, ${file} is for ${parameters.chainId}: use the file of this chain, or correct it.`,
    );
  }

  const deploymentId = args.deploymentId === "" ? `${networkName}-${chainId}` : args.deploymentId;
  const block = await connection.ethers.provider.getBlockNumber();
  const contracts = await connection.ignition.deploy(protocolModule(parameters, SCHEMES), {
    // A chain inside this process ends with it: there is nothing to resume.
    ...(inProcess ? {} : { deploymentId }),
    ...(local && { config: { blockPollingInterval: LOCAL_POLLING_MS } }),
    displayUi: process.stdout.isTTY,
  });
  await placeCode(connection, contracts);
  const addresses = {
    chainId: parameters.chainId,
    block: readAddresses(deploymentId)?.block ?? block,
    contracts: Object.fromEntries(
      await Promise.all(
        Object.entries(contracts).map(async ([name, contract]) => [name, await contract.getAddress()] as const),
      ),
    ),
  };
  for (const [name, address] of Object.entries(addresses.contracts)) console.log(`${name.padEnd(22)} ${address}`);
  if (!inProcess) console.log(`addresses in ${writeAddresses(deploymentId, addresses)}`);
  await diagnose(hre, connection, parameters, addresses);
};

/** Chains of this machine share one file. */
export function parametersFileOf(networkName: string, inProcess: boolean): string {
  const own = join("deploy", "parameters", `${networkName}.json5`);
  return inProcess && !existsSync(own) ? join("deploy", "parameters", "localhost.json5") : own;
}

/** A public chain gets the optimised build; on this machine the build of the tests will do. `--build-profile` overrides both. */
async function buildContracts(hre: HardhatRuntimeEnvironment, local: boolean): Promise<void> {
  const profile = local ? "default" : "production";
  await hre.tasks.getTask("build").run({ quiet: true, noTests: true, defaultBuildProfile: profile });
}

export default deploy;
