import type { Settlement } from "../../settlement/settle.ts";
import type { Claimed } from "./claim.ts";
import type { Consumption } from "./consume.ts";
import type { Scene } from "./scene.ts";
import type { Sweep } from "./sweep.ts";

/** Where the consumers' money went, in wei. Royalties between tills are part of the sweeps and cancel out. */
export interface Books {
  readonly feesIn: bigint;
  readonly protocol: bigint;
  readonly owners: bigint;
  readonly compute: bigint;
  readonly stakers: bigint;
  readonly contributors: bigint;
  /** What is left in tills and in the distributor after all claims. */
  readonly dust: bigint;
  readonly royalties: bigint;
  readonly claimed: bigint;
  readonly balanced: boolean;
}

/** Adds up the books from the chain's own figures, and compares them to the wei. */
export async function closeBooks(
  scene: Scene,
  consumption: readonly Consumption[],
  sweeps: readonly Sweep[],
  settlement: Settlement,
  claims: ReadonlyMap<string, Claimed>,
): Promise<Books> {
  const { OpenToken, InferenceMarket } = scene.contracts;
  const sum = (amounts: Iterable<bigint>) => [...amounts].reduce((total, amount) => total + amount, 0n);
  const feesIn = sum(consumption.map(({ paid }) => paid));
  const protocol = sum(sweeps.map((sweep) => sweep.protocol));
  const owners = sum(sweeps.map((sweep) => sweep.owner));
  const compute = sum(sweeps.map((sweep) => sweep.compute));
  const stakers = sum(sweeps.map((sweep) => sweep.stakers));
  const contributors = sum(sweeps.map((sweep) => sweep.contributors));
  const claimed = sum([...claims.values()].map(({ amount }) => amount));
  const tills = await Promise.all(
    sweeps.map(async ({ model }) => OpenToken.balanceOf(await InferenceMarket.tillOf(model.modelId))),
  );
  const dust = sum(tills) + (await OpenToken.balanceOf(scene.deployment.addresses.RewardDistributor));
  return {
    feesIn,
    protocol,
    owners,
    compute,
    stakers,
    contributors,
    dust,
    royalties: sum(sweeps.map((sweep) => sweep.parent)),
    claimed,
    balanced:
      feesIn === protocol + owners + compute + stakers + contributors + sum(tills) &&
      contributors === settlement.books.poolsTotal &&
      contributors === claimed + dust - sum(tills),
  };
}
