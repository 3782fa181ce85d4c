import { z } from "zod";
import { readEpochTimes } from "../store/epochTimes.ts";
import type { Context } from "./context.ts";
import type { Task } from "./plan.ts";
import { committedReceipts } from "./poolEvents.ts";

const swept = z.object({ modelId: z.coerce.bigint(), epoch: z.coerce.bigint() });

/** What a provider can do next: commit the receipts of every epoch that has ended and whose receipts are still open. */
export async function planProvider({ events, contracts, key }: Context): Promise<Task[]> {
  const head = await events.head();
  if (head === undefined) return [];
  const now = BigInt(head.timestamp);
  const times = await readEpochTimes(events, await contracts.EpochClock.receiptsGrace());
  const subjects = new Set<string>();
  for (const event of await events.find({ contract: "InferenceMarket", name: "Swept" })) {
    const { modelId, epoch } = swept.parse(event.args);
    if (now < times.endOf(epoch) || times.isClosed(epoch, now)) continue;
    if ((await contracts.ModelRegistry.providerOf(modelId, epoch)) !== key?.wallet.address) continue;
    if ((await committedReceipts(events, modelId, epoch)) === undefined) subjects.add(`${modelId}-${epoch}`);
  }
  return [...subjects].map((subject) => ["commitReceipts", subject] as const);
}
