import type { HardhatEthers } from "@nomicfoundation/hardhat-ethers/types";
import { settleTwoOfThree } from "../attribution/disputes.ts";
import { inputsOf } from "./publishedEconomy.ts";

/** Epochs 1 and 2 are settled by a final root, 3 is closed: a root over it is due, and what an operator computes it from is there. */
export async function settleOnce(ethers: HardhatEthers, wait: (seconds: bigint) => Promise<unknown>) {
  const settled = await settleTwoOfThree(ethers, wait, { seed: 3 });
  const honest = await settled.town.settle(settled.first, settled.lastEpoch);
  return { ...settled, honest, inputs: await inputsOf(settled.deployment, honest, settled.first) };
}
