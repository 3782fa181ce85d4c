import type { NetworkConnection } from "hardhat/types/network";
import { protocolModule } from "../deploy/modules/Protocol.ts";
import { readParameters } from "../deploy/parameters.ts";
import { SCHEMES } from "../deploy/scheme.ts";
import type { Deployment } from "../oracle/chain/deployment.ts";

/** The whole protocol as `npx hardhat deploy` deploys it on this machine. */
export async function deployProtocol({ ignition }: Pick<NetworkConnection<"op">, "ignition">) {
  const parameters = readParameters("deploy/parameters/localhost.json5");
  const deployed = await ignition.deploy(protocolModule(parameters, SCHEMES));
  const addresses = Object.fromEntries(
    await Promise.all(
      Object.entries(deployed).map(async ([name, contract]) => [name, await contract.getAddress()] as const),
    ),
  ) as Deployment["addresses"];
  return {
    parameters,
    /** As `addresses.json` has them. */
    addresses,
    /** A contract as the type that it has. */
    at: <T>(name: keyof typeof deployed) => deployed[name] as unknown as T,
  };
}
