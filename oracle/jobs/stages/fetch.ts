import type { Context } from "../context.ts";
import type { Stage } from "../stage.ts";
import { fetchExamples } from "../versionData.ts";
import { getManifest } from "../versionFiles.ts";
import { resultOf } from "../results.ts";
import { requireVersion } from "../requireVersion.ts";

/**
 * Stage `fetch`, subject a versionId: brings the manifest, the weights and all examples of the version here and re-hashes
 * them against what the chain commits to.
 */
export function fetchStage(context: Context): Stage {
  return {
    name: "fetch",
    long: true,
    run: async (subject) => {
      const version = await requireVersion(context, subject);
      const manifest = await getManifest(context.content, version.uri);
      await context.content.get(manifest.weights);
      const { train, quality } = await resultOf(context, "snapshot", subject);
      const contributed = await fetchExamples(context, [...train, ...quality]);
      const examples = contributed.reduce((sum, { contribution }) => sum + contribution.examples, 0);
      return { examples };
    },
  };
}
