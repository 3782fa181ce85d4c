import { eventOf } from "../../chain/eventOf.ts";
import type { PublishedModel } from "./models.ts";
import { act, type Scene } from "./scene.ts";

/** How one sweep divided what was in a till. Wei. */
export interface Sweep {
  readonly model: PublishedModel;
  readonly epoch: bigint;
  readonly amount: bigint;
  readonly protocol: bigint;
  readonly owner: bigint;
  readonly parent: bigint;
  readonly compute: bigint;
  readonly stakers: bigint;
  readonly contributors: bigint;
}

/** Sweeps the tills, children before their parents, so that royalties are swept in the same epoch. */
export async function sweepAll(scene: Scene, models: readonly PublishedModel[]): Promise<Sweep[]> {
  const { InferenceMarket } = scene.contracts;
  const sweeps: Sweep[] = [];
  for (const model of models.toReversed()) {
    const mined = await act(scene.cast.modelOwner, {
      key: `sweep:${model.modelId}`,
      kind: "sweep till",
      contract: InferenceMarket,
      data: InferenceMarket.interface.encodeFunctionData("sweep", [model.modelId]),
    });
    const { args } = eventOf(mined, InferenceMarket, "Swept");
    const { protocol, owner, parent, compute, stakers, contributors } = args["parts"] as Omit<
      Sweep,
      "model" | "epoch" | "amount"
    >;
    sweeps.push({
      model,
      epoch: args["epoch"] as bigint,
      amount: args["amount"] as bigint,
      protocol,
      owner,
      parent,
      compute,
      stakers,
      contributors,
    });
  }
  return sweeps;
}
