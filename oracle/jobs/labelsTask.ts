import { buildIndex, queryFeatures } from "../attribution/buildIndex.ts";
import type { HarmRule } from "../attribution/judge/harmRule.ts";
import { argmaxRows, openEnsemble, PredictionError } from "../model/predict.ts";
import type { Recipe } from "../model/recipe.ts";
import { type Inputs, NO_LABEL, rowCount, selectInputs, selectRows } from "../model/rows.ts";
import { trainVersion } from "../model/trainVersion.ts";
import type { Weights } from "../model/weights.ts";
import { kernelFactory } from "../numerics/kernelChoice.ts";
import { ShardError } from "../numerics/shardPool.ts";
import type { Context } from "./context.ts";
import { loadStart } from "./loadStart.ts";
import { getProjections } from "./projectionFiles.ts";
import { answeredExample } from "./receiptsProblem.ts";
import { requireOwnEncoding } from "./requireOwnEncoding.ts";
import { labelledRows, openBaseOf } from "./trainingData.ts";
import { trainingSize } from "./trainingSize.ts";
import { harmfulRows } from "./harmfulRows.ts";
import { labelled, versionData } from "./versionData.ts";
import type { LabelsManifest } from "./versionFiles.ts";
import type { Contributed, VersionTask } from "./versionTask.ts";

/** A version that answers with labels: an ensemble of networks, indexed by the kernel operator. */
export async function labelsTask(
  context: Context,
  { plan, scheme }: Pick<LabelsManifest, "plan" | "scheme">,
  { datanetIds, train, quality }: Contributed,
  ruleOf: (contributionId: bigint) => HarmRule,
): Promise<VersionTask> {
  const { recipe } = plan;
  const { workers, content } = context;
  const [own, judging] = [labelled(train), labelled(quality)];
  requireOwnEncoding(plan, own);
  const base = await openBaseOf(plan, context, [...own, ...judging]);
  const data = versionData(plan, datanetIds, own, judging, base);
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
    harmful: () => harmfulRows(data, ruleOf),
    /** A question is answered again. An answer that the version does not give is owed to nobody: its ψ is zero. */
    async queryFeatures(models, index, records) {
      const projections = await getProjections(content, index.projections, recipe.members);
      const version = { scheme, recipe, models, training: data.training.rows, projections };
      const examples = records.map((record) => answeredExample(plan, record));
      const answered = labelledRows(plan, examples, await openBaseOf(plan, context, [{ examples }]));
      const given = likeliestClasses(recipe, models, answered.inputs);
      const psi = new Float64Array(records.length * index.k);
      const right = [...given.keys()].filter((row) => given[row] === answered.labels[row]);
      await addFeatures(right);
      return psi;

      /** Of rows whose derivatives are out of range, ψ is zero as well: one by one, so that they keep nobody else's from counting. */
      async function addFeatures(rows: readonly number[]): Promise<void> {
        if (rows.length === 0) return;
        try {
          const features = await queryFeatures(version, selectRows(answered, rows), { workers });
          for (const [i, row] of rows.entries()) {
            psi.set(features.subarray(i * index.k, (i + 1) * index.k), row * index.k);
          }
        } catch (error) {
          if (!(error instanceof ShardError && error.name === "FeatureRangeError")) throw error;
          if (rows.length > 1) for (const row of rows) await addFeatures([row]);
        }
      }
    },
  };
}

/** The class that an ensemble gives each row; `NO_LABEL` where it is not a number, whoever wrote such weights or such a row. */
function likeliestClasses(recipe: Recipe, models: readonly Weights[], inputs: Inputs): Int32Array {
  const ensemble = openEnsemble(kernelFactory("wasm"), recipe, models);
  const classesOf = (rows: Inputs) => argmaxRows(ensemble.predict(rows), recipe.classes);
  try {
    return classesOf(inputs);
  } catch (error) {
    if (!(error instanceof PredictionError)) throw error;
    return Int32Array.from({ length: rowCount(inputs) }, (_, row) => {
      try {
        return classesOf(selectInputs(inputs, [row]))[0]!;
      } catch (one) {
        if (!(one instanceof PredictionError)) throw one;
        return NO_LABEL;
      }
    });
  } finally {
    ensemble.close();
  }
}
