import { travelTo } from "../../chain/localNode.ts";
import type { PublishedModel } from "./models.ts";
import type { Scene } from "../cast/scene.ts";
import { untilTrained, type Watching } from "../processes/waitFor.ts";

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
