import { encodeCertificate, type QualityCertificate } from "../attribution/evaluate/certificate.ts";
import { defaultScheme, schemeId } from "../attribution/scheme.ts";
import type { Example } from "../data/example.ts";
import { argmaxRows, predictEnsemble } from "../model/predict.ts";
import { parseRecipe, type Recipe } from "../model/recipe.ts";
import { trainVersion } from "../model/trainVersion.ts";
import { kernelFactory } from "../numerics/kernelChoice.ts";
import { InputError } from "../common/errors.ts";
import { certifyVersion, type CertifyOptions } from "./certify.ts";
import type { Context } from "./context.ts";
import { loadStart } from "./loadVersion.ts";
import { encodeInputs, encodingOf, inputOf, labelledRows } from "./trainingData.ts";
import { fetchExamples, labelsIn, versionData } from "./versionData.ts";
import { ensembleHash, planHash, type Plan, putManifest, putWeights } from "./versionFiles.ts";

/** What decides a training besides the data; the rest of the recipe follows from the data's kind. */
export interface TrainingChoice {
  readonly seed: number;
  /** Models of the ensemble. */
  readonly members: number;
  readonly epochs: number;
  /** The version to start from; null for a model of its own. */
  readonly parentVersionId: string | null;
}

/** A trained version, stored, ready to be published on the chain. */
export interface TrainedArtefacts {
  readonly weightsHash: string;
  readonly recipeHash: string;
  readonly schemeId: string;
  readonly snapshotIds: bigint[];
  /** CID of the version's manifest. */
  readonly uri: string;
  /** Share of the test examples that the model labels right, 0 to 1; undefined without test examples. */
  readonly accuracy: number | undefined;
  readonly trainingRows: number;
  readonly duplicates: number;
  /** Undefined for a version without one. */
  readonly certificate: QualityCertificate | undefined;
}

/** Trains on what the snapshots hold, has the scores measured if asked to, and stores manifest, weights and certificate. */
export async function trainArtefacts(
  context: Context,
  snapshotIds: readonly bigint[],
  choice: TrainingChoice,
  test: readonly Example[],
  certify?: CertifyOptions,
): Promise<TrainedArtefacts> {
  const contributions = (
    await Promise.all(
      snapshotIds.map(async (id) => {
        const snapshot = await context.view.snapshot(id);
        if (snapshot === undefined) throw new InputError("there is no such snapshot", { value: id });
        return context.view.contributionsIn(snapshot);
      }),
    )
  )
    .flat()
    .sort((a, b) => (a.contributionId < b.contributionId ? -1 : 1));
  const idsOf = (kind: string) => contributions.filter((c) => c.kind === kind).map((c) => c.contributionId);
  const train = await fetchExamples(context, idsOf("train"));
  const quality = await fetchExamples(context, idsOf("quality"));
  const first = train[0]?.examples[0];
  if (first === undefined)
    throw new InputError("the snapshots hold no training data", { value: snapshotIds.join(", ") });

  const encoding = encodingOf(first);
  const labels = labelsIn([...train, ...quality]);
  const recipe = recipeFor(inputOf(encoding, [first]), labels.length, choice);
  const plan: Plan = { format: "openledger-plan/1", recipe, encoding, labels, parentVersionId: choice.parentVersionId };
  const scheme = defaultScheme(first.kind);
  const data = versionData(plan, train, quality);
  const manifest = { format: "openledger-version/1" as const, plan, scheme, weights: "" };
  const start = await loadStart(context, manifest);
  const { models } = await trainVersion(recipe, data.training.rows, {
    workers: context.workers,
    ...(start === undefined ? {} : { start }),
  });
  const weights = await putWeights(context.content, models);
  const certificate =
    certify && (await certifyVersion({ plan, scheme, models, contributed: train, data }, test, certify));
  const files = {
    weights,
    ...(certificate && { certificate: await context.content.put(encodeCertificate(certificate)) }),
  };
  return {
    weightsHash: ensembleHash(models),
    recipeHash: planHash(plan),
    schemeId: schemeId(scheme),
    snapshotIds: [...snapshotIds],
    uri: await putManifest(context.content, { ...manifest, ...files }),
    accuracy: accuracyOf(plan, models, test),
    trainingRows: data.training.rows.labels.length,
    duplicates: data.duplicates,
    certificate,
  };
}

/**
 * Test accuracy of the same recipe on examples as they were published, before contributors copied, mislabelled or invented any: what the
 * data allow, beside what is made of them. Undefined without test examples.
 */
export async function accuracyAsPublished(
  context: Context,
  train: readonly Example[],
  test: readonly Example[],
  choice: Omit<TrainingChoice, "parentVersionId">,
): Promise<number | undefined> {
  const encoding = encodingOf(train[0]!);
  const labels = [...new Set(train.map(({ label }) => label))].sort();
  const recipe = recipeFor(inputOf(encoding, train), labels.length, { ...choice, parentVersionId: null });
  const plan: Plan = { format: "openledger-plan/1", recipe, encoding, labels, parentVersionId: null };
  const { models } = await trainVersion(recipe, labelledRows(plan, train), { workers: context.workers });
  return accuracyOf(plan, models, test);
}

/** A bag of embeddings for texts, a small dense network for images. */
export function recipeFor(input: Recipe["input"], classes: number, { seed, members, epochs }: TrainingChoice): Recipe {
  const text = input.kind === "bags";
  return parseRecipe({
    format: "openledger-recipe/1",
    input,
    layers: text
      ? [{ kind: "embeddingBag", dimension: 64 }]
      : [
          { kind: "dense", units: 128 },
          { kind: "dense", units: 64 },
        ],
    classes,
    optimizer: { kind: "adam", learningRate: text ? 0.02 : 0.002, schedule: "linear" },
    epochs,
    batch: 128,
    seed,
    members,
  });
}

function accuracyOf(
  plan: Plan,
  models: Parameters<typeof predictEnsemble>[2],
  test: readonly Example[],
): number | undefined {
  const known = test.filter((example) => plan.labels.includes(example.label));
  if (known.length === 0) return undefined;
  const inputs = encodeInputs(plan.encoding, known);
  const predicted = argmaxRows(predictEnsemble(kernelFactory("wasm"), plan.recipe, models, inputs), plan.labels.length);
  const { labels } = labelledRows(plan, known);
  return predicted.reduce((right, label, row) => right + Number(label === labels[row]), 0) / known.length;
}
