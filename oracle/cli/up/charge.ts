import { z } from "zod";
import type { Context } from "../../jobs/context.ts";
import { chargeableNow, type PublishedIndex } from "../../jobs/chargeable.ts";
import { act, type Scene } from "./scene.ts";

const charged = z.object({ contributionId: z.coerce.bigint(), amount: z.coerce.bigint() });

/**
 * Charges the bonds of contributions that harm the version that judges them. Anybody may; here the Datanets' owner does. What is
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

/** What has been charged of each contribution's bond, in wei, from the chain's events. */
export async function chargedBonds({ events }: Context): Promise<Map<bigint, bigint>> {
  const bonds = new Map<bigint, bigint>();
  for (const { args } of await events.find({ contract: "HarmCharges", name: "HarmCharged" })) {
    const { contributionId, amount } = charged.parse(args);
    bonds.set(contributionId, amount + (bonds.get(contributionId) ?? 0n));
  }
  return bonds;
}
