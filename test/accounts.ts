import type { HardhatEthers, HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";

/** The first accounts of the network, by name. */
export async function accounts<Name extends string>(
  ethers: HardhatEthers,
  ...names: Name[]
): Promise<Record<Name, HardhatEthersSigner>> {
  const signers = await ethers.getSigners();
  if (names.length > signers.length) throw new Error(`${names.length} accounts wanted, ${signers.length} there.`);
  return Object.fromEntries(names.map((name, i) => [name, signers[i]])) as Record<Name, HardhatEthersSigner>;
}
