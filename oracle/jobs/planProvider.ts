import { z } from "zod";
import { readEpochTimes } from "../store/epochTimes.ts";
import type { Context } from "./context.ts";
import type { Task } from "./plan.ts";
import { committedReceipts } from "./poolEvents.ts";
import { openReceiptDemands } from "./receiptDemands.ts";

const swept = z.object({ modelId: z.coerce.bigint(), epoch: z.coerce.bigint() });

/**
 * What a provider can do next: commit the receipts of every epoch that has ended and whose receipts are still open, again where a
 * receipt is demanded for it, and answer what is demanded.
 */
export async function planProvider({ events, contracts, key }: Context): Promise<Task[]> {
  const head = await events.head();
  if (head === undefined || key === undefined) return [];
  const provider = key.wallet.address;
  const now = BigInt(head.timestamp);
  const times = await readEpochTimes(events, await contracts.EpochClock.receiptsGrace());
  const isDue = (epoch: bigint) => now >= times.endOf(epoch) && !times.isClosed(epoch, now);
  const subjects = new Set<string>();
  for (const event of await events.find({ contract: "InferenceMarket", name: "Swept" })) {
    const { modelId, epoch } = swept.parse(event.args);
    if (!isDue(epoch)) continue;
    if ((await contracts.ModelRegistry.providerOf(modelId, epoch)) !== provider) continue;
    if ((await committedReceipts(events, modelId, epoch)) === undefined) subjects.add(`${modelId}-${epoch}`);
  }
  const answers: Task[] = [];
  for (const demand of await openReceiptDemands(events, provider)) {
    if (demand.kind === "inclusion" && isDue(demand.epoch)) subjects.add(`${demand.modelId}-${demand.epoch}`);
    const canBeAnswered = demand.kind === "sale" || times.isClosed(demand.epoch, now);
    if (canBeAnswered && now <= demand.deadline) answers.push(["answerReceiptDemand", demand.demandId]);
  }
  return [...answers, ...[...subjects].map((subject) => ["commitReceipts", subject] as const)];
}
