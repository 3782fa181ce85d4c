import { schemeId } from "../attribution/scheme.ts";
import { ContentError } from "../common/errors.ts";
import type { Version } from "../store/protocolView.ts";
import { answersTask } from "./answers/answersTask.ts";
import type { Context } from "./context.ts";
import { labelsTask } from "./labelsTask.ts";
import { requireVersion } from "./requireVersion.ts";
import { resultOf } from "./results.ts";
import { fetchExamples } from "./versionData.ts";
import { answersWithPassages, getManifest, planHash, type VersionManifest } from "./versionFiles.ts";
import type { VersionTask } from "./versionTask.ts";

/** A published version with everything that its training and its index depend on. */
export interface LoadedVersion {
  readonly version: Version;
  readonly manifest: VersionManifest;
  readonly task: VersionTask;
}

/** Reads a fetched version. @throws ContentError when its plan or its scheme is not what the chain names */
export async function loadVersion(context: Context, subject: string): Promise<LoadedVersion> {
  const version = await requireVersion(context, subject);
  const manifest = await getManifest(context.content, version.uri);
  requireEqual("recipe hash", planHash(manifest.plan), version.recipeHash, version);
  requireEqual("scheme id", schemeId(manifest.scheme), version.schemeId, version);
  const { datanets, train, quality } = await resultOf(context, "snapshot", subject);
  const contributed = {
    datanetIds: datanets,
    train: await fetchExamples(context, train),
    quality: await fetchExamples(context, quality),
  };
  const task = answersWithPassages(manifest)
    ? await answersTask(context, manifest, contributed)
    : labelsTask(context, manifest, contributed);
  return { version, manifest, task };
}

function requireEqual(what: string, found: string, expected: string, version: Version): void {
  if (found === expected) return;
  throw new ContentError(`the manifest's ${what} is not the one on the chain`, {
    value: `${found} behind ${version.uri}`,
    limit: `${expected} for version ${version.versionId}`,
  });
}
