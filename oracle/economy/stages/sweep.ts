import { z } from "zod";
import type { Watching } from "../processes/waitFor.ts";
import type { PublishedModel } from "./models.ts";
import { actUnlessDone, type Scene } from "../cast/scene.ts";

/** The sweep that took the scenario's payments out of a till. */
export interface Sweep {
  readonly model: Pick<PublishedModel, "name" | "modelId">;
  readonly epoch: bigint;
}

const swept = z.object({ epoch: z.coerce.bigint() });

/**
 * Sweeps the tills, children before their parents, so that royalties are swept in the same epoch. Anybody may sweep: a till
 * that somebody else has emptied is left as it is.
 */
export async function sweepAll(
  scene: Scene,
  { events, scan }: Pick<Watching, "events" | "scan">,
  models: readonly Sweep["model"][],
): Promise<Sweep[]> {
  const { InferenceMarket, OpenToken } = scene.contracts;
  const sweeps: Sweep[] = [];
  for (const model of models.toReversed()) {
    const call = {
      key: `sweep:${model.modelId}`,
      kind: "sweep till",
      contract: InferenceMarket,
      data: InferenceMarket.interface.encodeFunctionData("sweep", [model.modelId]),
    };
    const isEmpty = async () => (await OpenToken.balanceOf(await InferenceMarket.tillOf(model.modelId))) === 0n;
    const mined = await actUnlessDone(scene, scene.cast.modelOwner, call, isEmpty);
    await scan();
    const where = { modelId: `${model.modelId}` };
    const found = await events.find({ contract: "InferenceMarket", name: "Swept", where });
    const own = found.find(({ transactionHash }) => transactionHash === mined?.hash) ?? found.at(-1);
    sweeps.push({ model, epoch: swept.parse(own?.args).epoch });
  }
  return sweeps;
}
