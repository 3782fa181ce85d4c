import type { Context } from "../../jobs/context.ts";
import { chargeableNow } from "../../jobs/chargeable.ts";
import type { PublishedIndex } from "../../jobs/publishedIndex.ts";
import { act, type Scene } from "./scene.ts";

/**
 * Charges the bonds of contributions that the version that judges them finds harmful. Anybody may; here the Datanets' owner does. What is
 * charged goes to the treasury.
 */
export async function chargeHarm(scene: Scene, context: Context, indexes: readonly PublishedIndex[]): Promise<void> {
  const { HarmCharges } = scene.contracts;
  for (const index of indexes) {
    const { versionId } = index;
    const charges = await chargeableNow(scene.contracts, context.content, index);
    await Promise.all(
      charges.map(({ contributionId, args }) =>
        act(scene.cast.datanetOwner, {
          key: `charge:${versionId}:${contributionId}`,
          kind: "charge harm",
          contract: HarmCharges,
          data: HarmCharges.interface.encodeFunctionData("chargeHarm", [...args]),
        }),
      ),
    );
  }
}
