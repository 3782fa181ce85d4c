import type { Chain } from "../rewards/measureGas.ts";
import { deployDisputes } from "./deployDisputes.ts";
import { settleTwoOfThree } from "./disputes.ts";
import { createEconomy } from "./economy.ts";

/** What demands are made of, on a chain. */
export function createDemands({ ethers, networkHelpers }: Chain) {
  const wait = (seconds: bigint) => networkHelpers.time.increase(seconds);

  /** A finalized root over epochs 1 and 2; epoch 3 is closed and not settled. */
  async function settledOnce() {
    const { deployment, ...settled } = await settleTwoOfThree(ethers, wait, { seed: 3 });
    return { ...deployment, ...settled };
  }

  /** An honest root is pending. */
  async function pending() {
    const settled = await settledOnce();
    const built = await settled.town.settle(settled.first, settled.lastEpoch);
    await settled.town.post(built);
    return { ...settled, built };
  }

  /** An honest index is pending. */
  async function indexed() {
    const deployment = await deployDisputes(ethers, wait);
    const town = await createEconomy(deployment, { seed: 3, models: 1, epochs: 0 }, wait);
    const index = town.versions[0]!;
    await town.attest(index);
    return { ...deployment, town, index };
  }

  return {
    wait,
    settledOnce,
    load: () => networkHelpers.loadFixture(pending),
    loadIndexed: () => networkHelpers.loadFixture(indexed),
  };
}

/** The demand that was made last. */
export async function lastDemand({ demands }: Awaited<ReturnType<typeof deployDisputes>>): Promise<string> {
  const [event] = (await demands.queryFilter(demands.filters.Demanded())).slice(-1);
  return event!.args.demandId;
}
