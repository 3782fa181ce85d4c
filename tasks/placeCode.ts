import { CHANNELS_ADDRESS, COLLECTOR_ADDRESS } from "@openledger/protocol/eip712/channel.ts";
import { ENTRY_POINT } from "@openledger/protocol/entryPoint.ts";
import type { NetworkConnection } from "hardhat/types/network";

interface Deployed {
  getAddress(): Promise<string>;
}

/**
 * Puts the code of channels, collector and EntryPoint at the addresses that everybody's clients know, on a chain of this machine.
 *
 * @param contracts what was deployed; without them on a chain that has them there
 */
export async function placeCode(
  { ethers: { provider } }: NetworkConnection,
  contracts: Readonly<Record<string, Deployed>>,
): Promise<void> {
  const places = [
    [CHANNELS_ADDRESS, contracts["PaymentChannelsCode"]],
    [COLLECTOR_ADDRESS, contracts["Erc3009CollectorCode"]],
    [ENTRY_POINT, contracts["EntryPointCode"]],
  ] as const;
  for (const [address, deployed] of places) {
    if (deployed === undefined || (await provider.getCode(address)) !== "0x") continue;
    await provider.send("hardhat_setCode", [address, await provider.getCode(await deployed.getAddress())]);
  }
}
