import { schemeId } from "../attribution/scheme.ts";
import { ContentError } from "../common/errors.ts";
import type { Version } from "../store/protocolView.ts";
import type { Context } from "./context.ts";
import { harmRulesOf } from "./harmRules.ts";
import { requireVersion } from "./requireVersion.ts";
import { resultOf } from "./results.ts";
import { fetchExamples } from "./versionData.ts";
import {
  answersWithPassages,
  getManifest,
  planHash,
  quotesPassages,
  type VersionManifest,
  writesAnswers,
} from "./versionFiles.ts";
import type { Contributed, VersionTask } from "./versionTask.ts";

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
  return { version, manifest, task: await taskOf(context, manifest, contributed) };
}

/** What trains is loaded with the first version that needs it: an operator without work does without. */
async function taskOf(context: Context, manifest: VersionManifest, contributed: Contributed): Promise<VersionTask> {
  if (answersWithPassages(manifest)) {
    return (await import("./answers/answersTask.ts")).answersTask(context, manifest, contributed);
  }
  if (writesAnswers(manifest)) return (await import("./chat/chatTask.ts")).chatTask(context, manifest, contributed);
  if (quotesPassages(manifest))
    return (await import("./quotes/quotesTask.ts")).quotesTask(context, manifest, contributed);
  const { labelsTask } = await import("./labelsTask.ts");
  const contributions = contributed.train.map(({ contribution }) => contribution);
  return labelsTask(context, manifest, contributed, await harmRulesOf(context, contributions));
}

function requireEqual(what: string, found: string, expected: string, version: Version): void {
  if (found === expected) return;
  throw new ContentError(`the manifest's ${what} is not the one on the chain`, {
    value: `${found} behind ${version.uri}`,
    limit: `${expected} for version ${version.versionId}`,
  });
}
