import type { BaseContract, InterfaceAbi } from "ethers";
import type { Chain } from "../../test/rewards/measureGas.ts";

/** What a package has of a contract. */
export interface Artifact {
  readonly abi: InterfaceAbi;
  readonly bytecode: string;
}

/** Deploys a contract of a package, from the first account. */
export async function deploy(
  { ethers }: Chain,
  { abi, bytecode }: Artifact,
  args: readonly unknown[],
): Promise<BaseContract> {
  const [deployer] = await ethers.getSigners();
  const contract = await new ethers.ContractFactory(abi, bytecode, deployer).deploy(...args);
  return contract.waitForDeployment();
}

/** Sends a transaction to a function of a contract whose ABI is known at run time only. */
export async function send(
  contract: BaseContract,
  name: string,
  ...args: readonly unknown[]
): Promise<{ hash: string }> {
  return await contract.getFunction(name).send(...args);
}
