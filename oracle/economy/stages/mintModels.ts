import { OPEN } from "@openledger/protocol/units.ts";
import { eventOf } from "../../chain/eventOf.ts";
import { act, type Scene } from "../cast/scene.ts";
import type { DatanetPlan } from "../plan/loadScenario.ts";
import { createDatanet } from "./createDatanet.ts";

/** A Datanet and the model that judges its data, as the chain numbered them. */
export interface JudgedDatanet {
  readonly datanetId: bigint;
  readonly modelId: bigint;
}

/** Of an inference, in OPEN wei. */
const PRICE = OPEN / 2n;
const PARENT_SHARE_BPS = 1_500;

/** Mints a model for each Datanet and creates the Datanet; the second model is fine-tuned from the first. */
export async function mintJudges(scene: Scene, datanets: readonly DatanetPlan[]): Promise<JudgedDatanet[]> {
  const made: JudgedDatanet[] = [];
  for (const [d, { name, tags }] of datanets.entries()) {
    const modelId = await mintModel(scene, name, d === 1 ? made[0]!.modelId : undefined);
    made.push({ datanetId: await createDatanet(scene, name, tags, modelId), modelId });
  }
  return made;
}

/** Mints a model; returns its id. @param parentModelId to which it pays royalties */
export async function mintModel(scene: Scene, name: string, parentModelId?: bigint): Promise<bigint> {
  const { ModelRegistry } = scene.contracts;
  const { modelOwner, provider } = scene.cast;
  const parents = parentModelId === undefined ? [] : [{ modelId: parentModelId, shareBps: PARENT_SHARE_BPS }];
  const terms = { parents, provider: provider.address, price: PRICE, base: false };
  const minted = await act(modelOwner, {
    key: `mint:${name}`,
    kind: "mint model",
    contract: ModelRegistry,
    data: ModelRegistry.interface.encodeFunctionData("mint", [terms, ""]),
  });
  return eventOf(minted, ModelRegistry, "ModelMinted").args["modelId"] as bigint;
}
