import { answerFeatures, buildPassageIndex } from "../../attribution/passages/passageIndex.ts";
import { openAnswerModel, trainAnswerModel } from "../../model/answers/answerModel.ts";
import type { Weights } from "../../model/weights.ts";
import { kernelFactory } from "../../numerics/kernelChoice.ts";
import type { Context } from "../context.ts";
import { outputHash } from "../receiptFiles.ts";
import { askedQuestion } from "../receiptsProblem.ts";
import type { AnswersManifest } from "../versionFiles.ts";
import type { Contributed, VersionTask } from "../versionTask.ts";
import { openAnswerLibrary } from "./answerLibrary.ts";
import { answerOf } from "./answerOf.ts";
import { answersSize } from "./answersSize.ts";

/** A version that answers with passages, indexed by who contributed them. */
export async function answersTask(
  { bases }: Pick<Context, "bases">,
  { plan, scheme }: Pick<AnswersManifest, "plan" | "scheme">,
  contributed: Contributed,
): Promise<VersionTask> {
  const { recipe } = plan;
  const opened = await openAnswerLibrary(recipe, contributed, bases);
  const { datanets, library, parts, quality } = opened;
  const indexed = {
    passages: library.passages,
    contributions: opened.contributions.length,
    quoted: recipe.quoted,
  };
  const open = (models: readonly Weights[]) => openAnswerModel(kernelFactory("wasm"), parts, models[0]!);
  return {
    size: answersSize(recipe, library),
    datanets,
    train: async () => [trainAnswerModel(kernelFactory("wasm"), parts, library)],
    buildIndex: async (models) => buildPassageIndex(scheme, open(models), indexed, quality),
    harmful: () => [],
    /**
     * An answer is made again from its question. One that is not what the model says is owed to nobody: its ψ is zero. So is that of a vector, which no
     * passage is part of: its fee counts as one that no receipt explains.
     */
    async queryFeatures(models, { k }, records) {
      const psi = new Float64Array(records.length * k);
      const answered = [...records.entries()].filter(([, { request }]) => request.kind !== "embedding");
      const found = open(models).find(answered.map(([, record]) => askedQuestion(record)));
      for (const [i, [q, { receipt }]] of answered.entries()) {
        if (outputHash(answerOf(opened, found[i]!)) !== receipt.outputHash) continue;
        psi.set(answerFeatures(found[i]!, indexed, k), q * k);
      }
      return psi;
    },
  };
}
