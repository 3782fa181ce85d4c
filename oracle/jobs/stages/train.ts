import { ContentError } from "../../common/errors.ts";
import type { Context } from "../context.ts";
import { loadVersion } from "../loadVersion.ts";
import { loadWeights } from "../loadWeights.ts";
import type { Stage } from "../stage.ts";
import type { TrainingSize } from "../trainingSize.ts";
import { ensembleHash } from "../versionFiles.ts";

/**
 * Stage `train`, subject a versionId: repeats the training and tells the hash of its weights, which may be another than the
 * published one: the stage `index` refuses such a version, and its training is paid for all the same. Where the operator is
 * configured so, it checks instead that the published weights have the hash on the chain, and earns nothing.
 *
 * @throws ContentError for a version that declares another size than its recipe and data have: it is not trained
 */
export function trainStage(context: Context): Stage {
  return {
    name: "train",
    long: true,
    run: async (subject) => {
      const { version, manifest, task } = await loadVersion(context, subject);
      requireSize(version.size, task.size, subject);
      if (context.config.OPENLEDGER_TRAINING === "retrain") {
        return { weightsHash: ensembleHash(await task.train()), method: "retrained" };
      }
      await loadWeights(context, version, manifest);
      return { weightsHash: version.weightsHash, method: "verified" };
    },
  };
}

function requireSize(declared: TrainingSize, own: TrainingSize, subject: string): void {
  const describe = ({ rows, parameters, epochs, members }: TrainingSize) =>
    `${rows} rows, ${parameters} parameters, ${epochs} epochs, ${members} members`;
  if (describe(declared) === describe(own)) return;
  throw new ContentError("the version declares another training than its recipe and data take", {
    value: `${describe(declared)}, declared by version ${subject}`,
    limit: describe(own),
    remedy: "Its publisher has to publish it again with the right size.",
  });
}
