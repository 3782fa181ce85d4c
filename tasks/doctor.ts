import type { NewTaskActionFunction } from "hardhat/types/tasks";
import { readAddresses } from "../deploy/addresses.ts";
import { readParameters } from "../deploy/parameters.ts";
import { parametersFileOf } from "./deploy.ts";
import { diagnose } from "./diagnose.ts";

interface DoctorArguments {
  deploymentId: string;
  parameters: string;
}

/** Examines a deployment on-chain without changing anything. */
const doctor: NewTaskActionFunction<DoctorArguments> = async (args, hre) => {
  await hre.tasks.getTask("build").run({ quiet: true, noTests: true });
  const connection = await hre.network.create();
  const { chainId } = await connection.ethers.provider.getNetwork();
  const deploymentId = args.deploymentId === "" ? `${connection.networkName}-${chainId}` : args.deploymentId;
  const addresses = readAddresses(deploymentId);
  if (addresses === undefined) {
    throw new Error(
      `no deployment "${deploymentId}" under deploy/deployments/: run "npx hardhat deploy --network ${connection.networkName}" first, or name one with --deployment-id.`,
    );
  }
  if (chainId !== BigInt(addresses.chainId)) {
    throw new Error(
      `deployment "${deploymentId}" is on chain ${addresses.chainId}, ${connection.networkName} is chain ${chainId}`,
    );
  }
  const file = args.parameters === "" ? parametersFileOf(connection.networkName, false) : args.parameters;
  await diagnose(hre, connection, readParameters(file), addresses);
};

export default doctor;
