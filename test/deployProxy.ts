import type { HardhatEthers } from "@nomicfoundation/hardhat-ethers/types";

/**
 * Deploys an upgradeable contract behind its proxy, initialised in the same transaction.
 *
 * @param initialArgs - of `initialize`, with plain addresses.
 * @returns the proxy's address.
 */
export async function deployProxy(
  ethers: HardhatEthers,
  name: string,
  constructorArgs: readonly unknown[],
  initialArgs: readonly unknown[],
): Promise<string> {
  const logic = await ethers.deployContract(name, [...constructorArgs]);
  const call = logic.interface.encodeFunctionData("initialize", initialArgs);
  const proxy = await ethers.deployContract("ERC1967Proxy", [logic, call]);
  return proxy.getAddress();
}
