import { z } from "zod";
import { travelTo } from "../../chain/localNode.ts";
import type { ChainEvents } from "../../store/chainEvents.ts";
import type { PublishedModel } from "./models.ts";
import type { Scene } from "./scene.ts";
import { untilTrained, type Watching } from "./waitFor.ts";

/** Training fees, in OPEN wei. */
export interface TrainingMoney {
  /** All that publishers ever escrowed. */
  readonly fees: bigint;
  /** Claimed by operators. */
  readonly paid: bigint;
  /** Refunded to publishers. */
  readonly returned: bigint;
}

/**
 * Waits until every operator that trains has committed to its training, revealed it and claimed its part of the fees; moves the clock
 * between.
 *
 * @param trainers how many operators train
 */
export async function payTraining(
  { provider }: Scene,
  watching: Watching,
  models: readonly PublishedModel[],
  trainers: number,
): Promise<void> {
  const { commitEnds } = await untilTrained(watching, models, (training) => training.committed.size === trainers);
  await travelTo(provider, commitEnds);
  const { revealEnds } = await untilTrained(watching, models, (training) => training.revealed.size === trainers);
  await travelTo(provider, revealEnds);
  await untilTrained(watching, models, (training) => training.claimed.size === trainers);
}

/** Adds up the training fees of all versions, whoever published them. */
export async function trainingMoney(events: ChainEvents): Promise<TrainingMoney> {
  const sum = async (name: string, amount: "fee" | "amount") =>
    (await events.find({ contract: "TrainingFees", name })).reduce(
      (total, { args }) => total + z.coerce.bigint().parse(args[amount]),
      0n,
    );
  return {
    fees: await sum("TrainingEscrowed", "fee"),
    paid: await sum("TrainingClaimed", "amount"),
    returned: await sum("TrainingRefunded", "amount"),
  };
}
