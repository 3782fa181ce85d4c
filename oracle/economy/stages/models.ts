import { z } from "zod";
import { eventOf } from "../../chain/eventOf.ts";
import { type AnyExample, type Example, isWritten } from "../../data/example.ts";
import type { Context } from "../../jobs/context.ts";
import { accuracyAsPublished, trainArtefacts } from "../../jobs/publishVersion.ts";
import { approve } from "../cast/approve.ts";
import { act, type Scene } from "../cast/scene.ts";

/** A version of the scenario, before it exists. */
export interface VersionPlan {
  readonly name: string;
  /** As it was minted. */
  readonly modelId: bigint;
  readonly datanetIds: readonly bigint[];
  /** The model that it is fine-tuned from. */
  readonly parent?: PublishedModel;
  readonly seed: number;
  readonly members: number;
  readonly epochs: number;
  /** Hash of the pretrained encoder that it stands on; none when absent. */
  readonly base?: string;
  /** Hash of the generator that writes its answers from passages; it quotes or labels when absent. */
  readonly generator?: string;
  readonly test: readonly AnyExample[];
  /** The labelled training examples as they were published, where there are any. */
  readonly published?: readonly Example[];
}

export interface PublishedModel {
  readonly name: string;
  readonly modelId: bigint;
  readonly versionId: bigint;
  readonly weightsHash: string;
  /** Of the test examples, 0 to 1. */
  readonly accuracy: number | undefined;
  /** The same with a model of its own, trained on the data as published. */
  readonly accuracyAsPublished: number | undefined;
  readonly trainingRows: number;
  readonly duplicates: number;
}

const trained = z.object({
  weightsHash: z.string(),
  recipeHash: z.string(),
  schemeId: z.string(),
  snapshotIds: z.array(z.coerce.bigint()),
  size: z.object({
    rows: z.coerce.bigint(),
    parameters: z.coerce.bigint(),
    epochs: z.coerce.bigint(),
    members: z.coerce.bigint(),
  }),
  uri: z.string(),
  accuracy: z.number().optional(),
  accuracyAsPublished: z.number().optional(),
  trainingRows: z.number(),
  duplicates: z.number(),
});

/** Pins the Datanets, trains the model and publishes the version. `scan` brings the context up to date. */
export async function publishModel(
  scene: Scene,
  context: Context,
  scan: () => Promise<unknown>,
  plan: VersionPlan,
): Promise<PublishedModel> {
  const { ModelRegistry } = scene.contracts;
  const { modelOwner } = scene.cast;
  const { name, modelId } = plan;
  const snapshotIds: bigint[] = [];
  for (const datanetId of plan.datanetIds) {
    const pinned = await act(modelOwner, {
      key: `pin:${name}:${datanetId}`,
      kind: "pin snapshot",
      contract: ModelRegistry,
      data: ModelRegistry.interface.encodeFunctionData("pinSnapshot", [datanetId]),
    });
    snapshotIds.push(eventOf(pinned, ModelRegistry, "SnapshotPinned").args["snapshotId"] as bigint);
  }
  await scan();
  const known = await context.results.read("trained", name, trained);
  const artefacts = known ?? (await trainAndRemember(context, snapshotIds, plan));
  await approve(scene, modelOwner, scene.deployment.addresses.TrainingFees);
  const maxFee = await scene.contracts.TrainingFees.feeOf(artefacts.size);
  const published = await act(modelOwner, {
    key: `publish:${name}`,
    kind: "publish version",
    contract: ModelRegistry,
    data: ModelRegistry.interface.encodeFunctionData("publishVersion", [modelId, artefacts, maxFee]),
  });
  const versionId = eventOf(published, ModelRegistry, "VersionPublished").args["versionId"] as bigint;
  await scan();
  const { weightsHash, accuracy, accuracyAsPublished, trainingRows, duplicates } = artefacts;
  return { name, modelId, versionId, weightsHash, accuracy, accuracyAsPublished, trainingRows, duplicates };
}

function asPublished(
  context: Context,
  published: readonly Example[],
  { seed, members, epochs, base, test }: VersionPlan,
) {
  const known = test.filter((example) => !isWritten(example));
  return accuracyAsPublished(context, published, known, { seed, members, epochs, ...(base !== undefined && { base }) });
}

function writesWith(generator: string, encoder: string | undefined) {
  return { base: generator, writes: "passages" as const, ...(encoder !== undefined && { encoder }) };
}

async function trainAndRemember(context: Context, snapshotIds: readonly bigint[], plan: VersionPlan) {
  const { name, seed, members, epochs, base, generator, parent, test, published } = plan;
  const choice = {
    ...{ seed, members, epochs, parentVersionId: parent?.versionId.toString() ?? null },
    ...(generator === undefined ? base !== undefined && { base } : writesWith(generator, base)),
  };
  const fork = await context.results.fork();
  const artefacts = {
    ...(await trainArtefacts(context, snapshotIds, choice, test)),
    accuracyAsPublished: published && (await asPublished(context, published, plan)),
  };
  await context.results.write("trained", name, artefacts, fork);
  return artefacts;
}
