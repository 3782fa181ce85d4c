import type { Context } from "../../jobs/context.ts";
import type { Scene } from "../cast/scene.ts";
import type { DatanetPlan } from "../plan/loadScenario.ts";
import type { Watching } from "../processes/waitFor.ts";
import type { Note } from "../stage.ts";
import type { JudgedDatanet } from "./mintModels.ts";
import { type PublishedModel, publishModel } from "./models.ts";

const EPOCHS = 8;

/** The model that writes answers from the passages of the last Datanet. */
export const WRITER = "Written from passages";

/** How the models of the scenario are trained. */
export interface TrainingPlan {
  /** Models per ensemble. */
  readonly members: number;
  /** Whether the models of labels are also measured beside models of the data as published. */
  readonly comparing: boolean;
  /** Hash of the pretrained encoder that texts and documents stand on; undefined for none. */
  readonly base: string | undefined;
  /** Of the model that writes; undefined for none. */
  readonly writer: { readonly modelId: bigint; readonly generator: string } | undefined;
}

/** Trains and publishes a version of every Datanet's model, and of the one that writes. */
export async function trainModels(
  scene: Scene,
  context: Context,
  { scan }: Watching,
  judged: readonly (DatanetPlan & JudgedDatanet)[],
  { members, comparing, base, writer }: TrainingPlan,
  note: Note,
): Promise<PublishedModel[]> {
  const common = { members, epochs: EPOCHS, ...(base !== undefined && { base }) };
  const models: PublishedModel[] = [];
  for (const [d, { name, modelId, datanetId, test, published }] of judged.entries()) {
    note(name);
    const [parent] = models;
    const isChild = d === 1 && parent !== undefined;
    const plan = {
      ...common,
      ...{ modelId, datanetIds: [datanetId], seed: d + 1, test },
      ...(isChild ? { name: `${name}, fine-tuned`, parent } : { name }),
      ...(comparing && published !== undefined && { published }),
    };
    models.push(await publishModel(scene, context, scan, plan));
  }
  if (writer !== undefined) {
    note(WRITER);
    const { modelId, generator } = writer;
    const { datanetId } = judged.at(-1)!;
    const plan = { name: WRITER, modelId, datanetIds: [datanetId], seed: judged.length + 1, test: [], generator };
    models.push(await publishModel(scene, context, scan, { ...common, ...plan }));
  }
  return models;
}
