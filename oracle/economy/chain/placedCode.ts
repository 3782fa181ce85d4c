import { CHANNELS_ADDRESS, COLLECTOR_ADDRESS } from "@openledger/protocol/eip712/channel.ts";
import { ENTRY_POINT } from "@openledger/protocol/entryPoint.ts";
import type { JsonRpcProvider } from "ethers";

/** Code by the address where the deployment has put it: no transaction of the chain's history did. */
export type PlacedCode = Readonly<Record<string, string>>;

export async function readPlacedCode(provider: JsonRpcProvider): Promise<PlacedCode> {
  const places = [CHANNELS_ADDRESS, COLLECTOR_ADDRESS, ENTRY_POINT];
  return Object.fromEntries(
    await Promise.all(places.map(async (address) => [address, await provider.getCode(address)] as const)),
  );
}

export async function putCode(provider: JsonRpcProvider, code: PlacedCode): Promise<void> {
  for (const placed of Object.entries(code)) await provider.send("hardhat_setCode", [...placed]);
}
