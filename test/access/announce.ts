import type { BaseContract } from "ethers";
import type { Chain } from "../rewards/measureGas.ts";

export const EXIT_DELAY = 60n * 86_400n;

/** Announces a call by the contract's owner, the first account, and waits until it can be made: everybody had time to leave. */
export async function announce(
  { ethers, networkHelpers }: Chain,
  contract: Pick<BaseContract, "getAddress" | "interface">,
  method: string,
  args: readonly unknown[],
): Promise<void> {
  const delayed = await ethers.getContractAt("IExitDelay", await contract.getAddress());
  await delayed.announce(contract.interface.encodeFunctionData(method, [...args]));
  await networkHelpers.time.increase(EXIT_DELAY);
}
