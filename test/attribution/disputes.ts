import type { HardhatEthers } from "@nomicfoundation/hardhat-ethers/types";
import { ZERO_HASH } from "@openledger/protocol/hex.ts";
import type { SumNode } from "@openledger/protocol/trees/sumTree.ts";
import { DAY, deployDisputes, type Deployment } from "./deployDisputes.ts";
import { createEconomy } from "./economy.ts";

/** The economies in which every dispute is tried. */
export const SEEDS = [1, 2, 3, 4];

/** What stands beyond the leaves of a tree. */
export const EMPTY: SumNode = { hash: ZERO_HASH, sum: 0n };

/** Evidence for a leaf that there is not. */
export const NOTHING = { preimage: "0x", proof: { size: 0, index: 0, siblings: [] } };

/** Three closed epochs of two models: the first two are settled by a final root, the third is not. */
export async function settleTwoOfThree(
  ethers: HardhatEthers,
  wait: (seconds: bigint) => Promise<unknown>,
  options: { seed: number; parts?: number },
) {
  const deployment = await deployDisputes(ethers, wait);
  const town = await createEconomy(deployment, { ...options, models: 2, epochs: 3 }, wait);
  await town.activateAll();
  await town.spend();
  const lastEpoch = (await deployment.clock.current()) - 1n;
  const first = await town.settle(undefined, lastEpoch - 1n);
  await town.post(first);
  await wait(DAY);
  await deployment.distributor.finalize(first.root);
  return { deployment, town, first, lastEpoch };
}

/** The name of the error that a dispute reverts with; undefined if it does not, "encoding" if it cannot even be made. */
export async function refusalOf(
  { disputes, challenger }: Deployment,
  name: string,
  args: unknown[],
): Promise<string | undefined> {
  let data: string;
  try {
    data = disputes.interface.encodeFunctionData(name as never, args as never);
  } catch {
    return "encoding";
  }
  try {
    await challenger.call({ to: disputes, data });
    return undefined;
  } catch (error) {
    const reason = error instanceof Error && "data" in error ? error.data : undefined;
    return (typeof reason === "string" ? disputes.interface.parseError(reason)?.name : undefined) ?? "revert";
  }
}
