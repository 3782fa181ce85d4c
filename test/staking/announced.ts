import type { BaseContract, TransactionResponse } from "ethers";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { announce } from "../access/announce.ts";
import type { Chain } from "../rewards/measureGas.ts";

/** Makes a call of the owner that waits: announced, and sent when everybody could have left. */
export async function announced(
  chain: Chain,
  owner: HardhatEthersSigner,
  contract: BaseContract,
  name: string,
  args: readonly unknown[],
): Promise<TransactionResponse> {
  await announce(chain, contract, name, args);
  const data = contract.interface.encodeFunctionData(name, [...args]);
  return owner.sendTransaction({ to: await contract.getAddress(), data });
}
