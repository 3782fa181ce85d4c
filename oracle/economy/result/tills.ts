import { z } from "zod";
import type { Contracts } from "../../chain/contracts.ts";
import type { ChainEvents } from "../../store/chainEvents.ts";

const minted = z.object({ modelId: z.coerce.bigint() });

/** The till of every model that was ever minted, whoever owns it. */
export async function tillsOf({ InferenceMarket }: Contracts, events: ChainEvents): Promise<ReadonlySet<string>> {
  const models = await events.find({ contract: "ModelRegistry", name: "ModelMinted" });
  const tills = models.map(({ args }) => InferenceMarket.tillOf(minted.parse(args).modelId));
  return new Set(await Promise.all(tills));
}
