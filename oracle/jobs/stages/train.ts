import { DisagreementError } from "../../common/errors.ts";
import type { Context } from "../context.ts";
import { loadVersion } from "../loadVersion.ts";
import { loadWeights } from "../loadWeights.ts";
import type { Stage } from "../stage.ts";
import { ensembleHash } from "../versionFiles.ts";

/**
 * Stage `train`, subject a versionId: repeats the training and compares the weights bit for bit, or, where the operator is
 * configured so, checks that the published weights have the hash on the chain.
 */
export function trainStage(context: Context): Stage {
  return {
    name: "train",
    long: true,
    run: async (subject) => {
      const { version, manifest, task } = await loadVersion(context, subject);
      const published = await loadWeights(context, version, manifest);
      const retrain = context.config.OPENLEDGER_TRAINING === "retrain";
      if (retrain) requireSame(ensembleHash(await task.train()), ensembleHash(published), subject);
      const method = retrain ? "retrained" : "verified";
      return { weightsHash: version.weightsHash, method };
    },
  };
}

function requireSame(own: string, published: string, subject: string): void {
  if (own === published) return;
  throw new DisagreementError("training gave other weights than the published ones", {
    value: `${own} for version ${subject}`,
    limit: published,
    remedy: "Run npx openledger check: if the numerics self-test passes, the publisher's weights are wrong.",
  });
}
