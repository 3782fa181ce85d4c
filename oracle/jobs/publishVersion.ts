import { encodeCertificate } from "../attribution/evaluate/certificate.ts";
import { InputError } from "../common/errors.ts";
import { type AnyExample, type Example, isWritten } from "../data/example.ts";
import { predictEnsemble } from "../model/predict.ts";
import type { Inputs } from "../model/rows.ts";
import { trainVersion } from "../model/trainVersion.ts";
import type { Weights } from "../model/weights.ts";
import { kernelFactory } from "../numerics/kernelChoice.ts";
import { trainAnswers } from "./answers/publishAnswers.ts";
import { trainChat } from "./chat/publishChat.ts";
import { trainQuotes } from "./quotes/publishQuotes.ts";
import { certifyVersion, type CertifyOptions } from "./certify.ts";
import type { Context } from "./context.ts";
import { defaultRecipe, type RecipeChoice } from "./defaultRecipe.ts";
import { accuracyOf, fetchContributed, prepareTraining, type TrainingChoice } from "./prepareTraining.ts";
import { encodingOf, inputOf, labelledRows, openBaseOf } from "./trainingData.ts";
import { storeVersion } from "./storeVersion.ts";
import type { TrainedArtefacts } from "./trainedArtefacts.ts";
import { trainingSize } from "./trainingSize.ts";
import { holdsWritings } from "./versionData.ts";
import type { Plan } from "./versionFiles.ts";

/** Trains on what the snapshots hold, has the scores measured if asked to, and stores manifest, weights and certificate. */
export async function trainArtefacts(
  context: Context,
  snapshotIds: readonly bigint[],
  choice: TrainingChoice,
  test: readonly AnyExample[],
  certify?: CertifyOptions,
): Promise<TrainedArtefacts> {
  const snapshots = await Promise.all(
    snapshotIds.map(async (id) => {
      const snapshot = await context.view.snapshot(id);
      if (snapshot === undefined) throw new InputError("there is no such snapshot", { value: id });
      return snapshot;
    }),
  );
  const contributions = await Promise.all(snapshots.map((snapshot) => context.view.contributionsIn(snapshot)));
  const datanetIds = snapshots.map(({ datanetId }) => datanetId);
  const contributed = await fetchContributed(context, datanetIds, contributions.flat());
  if (choice.writes === "model") return trainChat(context, snapshotIds, contributed, choice);
  if (choice.writes === "passages") return trainQuotes(context, snapshotIds, contributed, choice);
  if (holdsWritings(contributed))
    return trainAnswers(context, snapshotIds, contributed, choice, test.filter(isWritten), certify);
  const { plan, scheme, train, data, start, base } = await prepareTraining(context, contributed, choice);
  const labelledTest = test.filter((example) => !isWritten(example));
  const { models } = await trainVersion(plan.recipe, data.training.rows, {
    workers: context.workers,
    ...(start === undefined ? {} : { start }),
  });
  const certificate =
    certify && (await certifyVersion({ plan, scheme, models, contributed: train, data, base }, labelledTest, certify));
  const stored = certificate && { certificate: await context.content.put(encodeCertificate(certificate)) };
  return {
    ...(await storeVersion(context.content, models, { plan, scheme, ...stored })),
    snapshotIds: [...snapshotIds],
    size: trainingSize(plan.recipe, data.training.rows),
    accuracy: accuracyOf(plan, answersOf(plan, models), labelledTest, base),
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
  choice: RecipeChoice & Pick<TrainingChoice, "base">,
): Promise<number | undefined> {
  const encoding = encodingOf(train, choice.base);
  const base = await openBaseOf({ encoding }, context, [{ examples: train }, { examples: test }]);
  const labels = [...new Set(train.map(({ label }) => label))].sort();
  const recipe = defaultRecipe(inputOf(encoding, train, base), labels.length, choice, train[0]!.kind);
  const plan: Plan = { format: "openledger-plan/1", recipe, encoding, labels, parentVersionId: null };
  const { models } = await trainVersion(recipe, labelledRows(plan, train, base), { workers: context.workers });
  return accuracyOf(plan, answersOf(plan, models), test, base);
}

/** Answers as the ensemble does. */
function answersOf({ recipe }: Plan, models: readonly Weights[]): (inputs: Inputs) => Float32Array {
  return (inputs) => predictEnsemble(kernelFactory("wasm"), recipe, models, inputs);
}
