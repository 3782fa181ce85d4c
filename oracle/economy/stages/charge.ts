import type { Context } from "../../jobs/context.ts";
import { chargeableNow } from "../../jobs/chargeable.ts";
import { chargedBonds } from "../../jobs/chargedBonds.ts";
import type { PublishedIndex } from "../../jobs/publishedIndex.ts";
import { act, type Scene } from "../cast/scene.ts";
import type { Watching } from "../processes/waitFor.ts";

/**
 * Charges the bonds of contributions that the version that judges them finds harmful. Anybody may; here the Datanets' owner does. What is
 * charged goes to the treasury.
 *
 * @returns OPEN wei by contribution, of all that were ever charged
 */
export async function chargeHarm(
  scene: Scene,
  context: Context,
  watching: Watching,
  indexes: readonly PublishedIndex[],
): Promise<ReadonlyMap<bigint, bigint>> {
  for (const index of indexes) await chargeIndex(scene, context, index);
  await watching.scan();
  return chargedBonds(context.events);
}

async function chargeIndex(scene: Scene, context: Context, index: PublishedIndex): Promise<void> {
  const { HarmCharges } = scene.contracts;
  const charges = await chargeableNow(scene.contracts, context.content, index);
  await Promise.all(
    charges.map(({ contributionId, args }) =>
      act(scene.cast.datanetOwner, {
        key: `charge:${index.versionId}:${contributionId}`,
        kind: "charge harm",
        contract: HarmCharges,
        data: HarmCharges.interface.encodeFunctionData("chargeHarm", [...args]),
      }),
    ),
  );
}
