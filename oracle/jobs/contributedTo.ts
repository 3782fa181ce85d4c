import type { Version } from "../store/protocolView.ts";
import type { Context } from "./context.ts";
import { versionContributions, versionDatanets } from "./versionContributions.ts";
import { fetchExamples } from "./versionData.ts";
import type { Contributed } from "./versionTask.ts";

/** Fetches what a published version was made of. @throws as `fetchExamples` */
export async function contributedTo(
  context: Pick<Context, "view" | "content">,
  version: Version,
): Promise<Contributed> {
  const contributions = await versionContributions(context, version);
  const idsOf = (kind: string) => contributions.filter((c) => c.kind === kind).map((c) => c.contributionId);
  return {
    datanetIds: await versionDatanets(context, version),
    train: await fetchExamples(context, idsOf("train")),
    quality: await fetchExamples(context, idsOf("quality")),
  };
}
