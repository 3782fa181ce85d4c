import { CHANNELS_ADDRESS, COLLECTOR_ADDRESS } from "@openledger/protocol/eip712/channel.ts";
import type { NetworkConnection } from "hardhat/types/network";

interface Deployed {
  getAddress(): Promise<string>;
}

/**
 * Puts the code of channels and collector at the addresses that x402's clients know, on a chain of this machine.
 *
 * @param contracts what was deployed; without the two on a chain that has them there
 */
export async function placeChannels(
  { ethers: { provider } }: NetworkConnection,
  contracts: Readonly<Record<string, Deployed>>,
): Promise<void> {
  const places = [
    [CHANNELS_ADDRESS, contracts["PaymentChannelsCode"]],
    [COLLECTOR_ADDRESS, contracts["Erc3009CollectorCode"]],
  ] as const;
  for (const [address, deployed] of places) {
    if (deployed === undefined || (await provider.getCode(address)) !== "0x") continue;
    await provider.send("hardhat_setCode", [address, await provider.getCode(await deployed.getAddress())]);
  }
}
