import type { JsonRpcProvider } from "ethers";

/** The timestamp of a block in unix seconds. */
export async function blockTime(provider: JsonRpcProvider, block: number | "latest"): Promise<bigint> {
  const tag = block === "latest" ? block : `0x${block.toString(16)}`;
  const { timestamp } = (await provider.send("eth_getBlockByNumber", [tag, false])) as { timestamp: string };
  return BigInt(timestamp);
}
