import { buildIndex, queryFeatures } from "../attribution/buildIndex.ts";
import { trainVersion } from "../model/trainVersion.ts";
import type { Context } from "./context.ts";
import { loadStart } from "./loadStart.ts";
import { getProjections } from "./projectionFiles.ts";
import { answeredExample } from "./receiptsProblem.ts";
import { labelledRows } from "./trainingData.ts";
import { trainingSize } from "./trainingSize.ts";
import { labelled, versionData } from "./versionData.ts";
import type { LabelsManifest } from "./versionFiles.ts";
import type { Contributed, VersionTask } from "./versionTask.ts";

/** A version that answers with labels: an ensemble of networks, indexed by the kernel operator. */
export function labelsTask(
  context: Context,
  { plan, scheme }: Pick<LabelsManifest, "plan" | "scheme">,
  { datanetIds, train, quality }: Contributed,
): VersionTask {
  const { recipe } = plan;
  const { workers, content } = context;
  const data = versionData(plan, datanetIds, labelled(train), labelled(quality));
  const sets = data.datanets.map((datanet) => datanet.quality);
  return {
    size: trainingSize(recipe, data.training.rows),
    datanets: data.datanets,
    async train() {
      const start = await loadStart(context, plan);
      const trained = await trainVersion(recipe, data.training.rows, { workers, ...(start && { start }) });
      return trained.models;
    },
    buildIndex: (models) => buildIndex(scheme, recipe, models, data.training, sets, { workers }),
    async queryFeatures(models, index, records) {
      const projections = await getProjections(content, index.projections, recipe.members);
      const asked = labelledRows(
        plan,
        records.map((record) => answeredExample(plan, record)),
      );
      return queryFeatures({ scheme, recipe, models, training: data.training.rows, projections }, asked, { workers });
    },
  };
}
