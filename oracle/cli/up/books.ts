import type { Settlement } from "../../settlement/settle.ts";
import type { Claimed } from "./claim.ts";
import type { Consumption } from "./consume.ts";
import type { Scene } from "./scene.ts";
import type { Sweep } from "./sweep.ts";

/** Where the money went, in wei. Royalties between tills are part of the sweeps and cancel out. */
export interface Books {
  /** Paid by consumers. */
  readonly feesIn: bigint;
  /** Taken from the bonds of contributions that harm a model. */
  readonly bondsCharged: bigint;
  readonly protocol: bigint;
  readonly owners: bigint;
  readonly compute: bigint;
  readonly stakers: bigint;
  /** Their part of the fees, and the charged bonds. */
  readonly contributors: bigint;
  /** What is left in tills and in the distributor after all claims. */
  readonly dust: bigint;
  readonly royalties: bigint;
  readonly claimed: bigint;
  readonly balanced: boolean;
}

/**
 * Adds up the books from the chain's own figures, and compares them to the wei.
 *
 * @param charged of each contribution's bond
 * @param bonds left of all contributions
 */
export async function closeBooks(
  scene: Scene,
  consumption: readonly Consumption[],
  sweeps: readonly Sweep[],
  settlement: Settlement,
  claims: ReadonlyMap<string, Claimed>,
  charged: ReadonlyMap<bigint, bigint>,
  bonds: readonly bigint[],
): Promise<Books> {
  const { OpenToken, InferenceMarket } = scene.contracts;
  const sum = (amounts: Iterable<bigint>) => [...amounts].reduce((total, amount) => total + amount, 0n);
  const feesIn = sum(consumption.map(({ paid }) => paid));
  const protocol = sum(sweeps.map((sweep) => sweep.protocol));
  const owners = sum(sweeps.map((sweep) => sweep.owner));
  const compute = sum(sweeps.map((sweep) => sweep.compute));
  const stakers = sum(sweeps.map((sweep) => sweep.stakers));
  const bondsCharged = sum(charged.values());
  const contributors = sum(sweeps.map((sweep) => sweep.contributors)) + bondsCharged;
  const claimed = sum([...claims.values()].map(({ amount }) => amount));
  const tills = await Promise.all(
    sweeps.map(async ({ model }) => OpenToken.balanceOf(await InferenceMarket.tillOf(model.modelId))),
  );
  const { RewardDistributor, ContributionRegistry } = scene.deployment.addresses;
  const dust = sum(tills) + (await OpenToken.balanceOf(RewardDistributor));
  return {
    feesIn,
    bondsCharged,
    protocol,
    owners,
    compute,
    stakers,
    contributors,
    dust,
    royalties: sum(sweeps.map((sweep) => sweep.parent)),
    claimed,
    balanced:
      feesIn + bondsCharged === protocol + owners + compute + stakers + contributors + sum(tills) &&
      contributors === settlement.books.poolsTotal &&
      contributors === claimed + dust - sum(tills) &&
      (await OpenToken.balanceOf(ContributionRegistry)) === sum(bonds),
  };
}
