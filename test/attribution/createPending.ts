import type { Chain } from "../rewards/measureGas.ts";
import { deployDisputes } from "./deployDisputes.ts";
import { settleTwoOfThree } from "./disputes.ts";
import { createEconomy } from "./economy.ts";
import { type Cheat } from "./builtRoot.ts";

/** What stands before a court, on a chain. */
export function createPending({ ethers, networkHelpers }: Chain) {
  const wait = (seconds: bigint) => networkHelpers.time.increase(seconds);

  /** A finalized root over epochs 1 and 2; epoch 3 is closed and not settled. */
  async function settledOnce() {
    const settled = await settleTwoOfThree(ethers, wait, { seed: 3, parts: 3 });
    return { ...settled.deployment, ...settled };
  }

  /** The third epoch is settled by a pending root. */
  async function pending(cheat?: Cheat) {
    const settled = await networkHelpers.loadFixture(settledOnce);
    const built = await settled.town.settle(settled.first, settled.lastEpoch, cheat);
    await settled.town.post(built);
    return { ...settled, built };
  }

  /** A root over all epochs is pending, and none was finalized before it. */
  async function firstPending(cheat?: Cheat) {
    const deployment = await deployDisputes(ethers, wait);
    const town = await createEconomy(deployment, { seed: 5, models: 2, epochs: 2, parts: 3 }, wait);
    await town.activateAll();
    await town.spend();
    const built = await town.settle(undefined, (await deployment.clock.current()) - 1n, cheat);
    await town.post(built);
    return { ...deployment, deployment, town, built };
  }

  /** A version without an index. */
  async function published() {
    const deployment = await deployDisputes(ethers, wait);
    const town = await createEconomy(deployment, { seed: 3, models: 1, epochs: 0, parts: 3 }, wait);
    return { ...deployment, town };
  }

  /** A version whose index is attested. */
  async function indexed() {
    const loaded = await networkHelpers.loadFixture(published);
    const index = loaded.town.versions[0]!;
    await loaded.town.attest(index);
    return { ...loaded, index };
  }

  return { wait, settledOnce, pending, firstPending, published, indexed };
}

export type Settled = Awaited<ReturnType<ReturnType<typeof createPending>["settledOnce"]>>;
