import { z } from "zod";
import type { ChainEvents } from "../store/chainEvents.ts";

const charged = z.object({ contributionId: z.coerce.bigint(), amount: z.coerce.bigint() });

/** What has been charged of each contribution's bond, in wei, from the chain's events. */
export async function chargedBonds(events: ChainEvents): Promise<Map<bigint, bigint>> {
  const bonds = new Map<bigint, bigint>();
  for (const { args } of await events.find({ contract: "HarmCharges", name: "HarmCharged" })) {
    const { contributionId, amount } = charged.parse(args);
    bonds.set(contributionId, amount + (bonds.get(contributionId) ?? 0n));
  }
  return bonds;
}
