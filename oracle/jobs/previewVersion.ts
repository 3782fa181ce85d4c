import type { Example } from "../data/example.ts";
import { ensembleOf, shareRight } from "../model/predict.ts";
import type { Retrainer } from "../model/retrainer.ts";
import type { TrainingProgress } from "../model/train.ts";
import type { Context } from "./context.ts";
import {
  accuracyOf,
  fetchContributed,
  prepareTraining,
  presentContributions,
  type TrainingChoice,
} from "./prepareTraining.ts";
import { qualityRows } from "./versionData.ts";

/** What a version would be worth; nothing of it is pinned, kept or published. */
export interface VersionPreview {
  /** Share of the test examples that the models label right, 0 to 1; undefined without test examples. */
  readonly accuracy: number | undefined;
  /** The same on the Datanets' quality rows, which are never trained on. */
  readonly qualityAccuracy: number;
  readonly trainingRows: number;
  readonly duplicates: number;
}

/** Trains on what snapshots of the Datanets would hold if they were pinned now, on any backend, and asks the models. */
export async function previewVersion(
  context: Context,
  datanetIds: readonly bigint[],
  choice: TrainingChoice,
  test: readonly Example[],
  retrainer: Retrainer,
  onProgress?: (progress: TrainingProgress) => void,
): Promise<VersionPreview> {
  const present = await presentContributions(context, datanetIds);
  const contributed = await fetchContributed(context, datanetIds, present);
  const { plan, data, start, base } = await prepareTraining(context, contributed, choice);
  const { training, duplicates } = data;
  const quality = qualityRows(data);
  const ensemble = ensembleOf(
    Array.from({ length: plan.recipe.members }, (_, member) =>
      retrainer.train(plan.recipe, training.rows, member, {
        ...(start && { start: start[member]! }),
        ...(onProgress && { onProgress }),
      }),
    ),
  );
  try {
    return {
      accuracy: accuracyOf(plan, (inputs) => ensemble.predict(inputs), test, base),
      qualityAccuracy: shareRight(ensemble.predict(quality.inputs), quality.labels),
      trainingRows: training.rows.labels.length,
      duplicates,
    };
  } finally {
    ensemble.close();
  }
}
