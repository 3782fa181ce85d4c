import { ContentError, DisagreementError } from "../common/errors.ts";
import { architectureOf } from "../model/architecture.ts";
import type { Recipe } from "../model/recipe.ts";
import { initialWeights } from "../model/initialWeights.ts";
import type { Weights } from "../model/weights.ts";
import type { Version } from "../store/protocolView.ts";
import { schemeId } from "../attribution/scheme.ts";
import type { Context } from "./context.ts";
import { requireVersion } from "./requireVersion.ts";
import { resultOf } from "./results.ts";
import { fetchExamples, type VersionData, versionData } from "./versionData.ts";
import { ensembleHash, getManifest, getWeights, planHash, type Plan, type VersionManifest } from "./versionFiles.ts";

/** A published version with everything that its training and its index depend on. */
export interface LoadedVersion {
  readonly version: Version;
  readonly manifest: VersionManifest;
  readonly data: VersionData;
  /** Ascending; row i of the index is contribution i. */
  readonly contributionIds: readonly bigint[];
}

/** Reads a fetched version. @throws ContentError when its plan or its scheme is not what the chain names */
export async function loadVersion(context: Context, subject: string): Promise<LoadedVersion> {
  const version = await requireVersion(context, subject);
  const manifest = await getManifest(context.content, version.uri);
  requireEqual("recipe hash", planHash(manifest.plan), version.recipeHash, version);
  requireEqual("scheme id", schemeId(manifest.scheme), version.schemeId, version);
  const { train, quality } = await resultOf(context, "snapshot", subject);
  const data = versionData(manifest.plan, await fetchExamples(context, train), await fetchExamples(context, quality));
  return { version, manifest, data, contributionIds: train };
}

/** The published weights of a version. @throws DisagreementError when they do not have the hash on the chain */
export async function loadWeights(context: Context, version: Version, manifest: VersionManifest): Promise<Weights[]> {
  const models = await getWeights(context.content, manifest.weights, manifest.plan.recipe);
  const hash = ensembleHash(models);
  if (hash === version.weightsHash) return models;
  throw new DisagreementError("the published weights are not those that the chain names", {
    value: `${hash} for version ${version.versionId}`,
    limit: version.weightsHash,
  });
}

/**
 * Weights to start a fine-tuned training from: the parent's tensors where name and shape are the same, fresh ones
 * elsewhere (a classifier over other labels).
 */
export function startFrom(recipe: Recipe, parent: readonly Weights[]): Weights[] {
  const architecture = architectureOf(recipe);
  return parent.map((weights, member) => {
    const known = new Map(weights.map((tensor) => [tensor.name, tensor]));
    return initialWeights(recipe, architecture, member).map((fresh) => {
      const inherited = known.get(fresh.name);
      return inherited !== undefined && inherited.shape.join() === fresh.shape.join() ? inherited : fresh;
    });
  });
}

/** The parent's weights, as a start; undefined for a version without a parent. */
export async function loadStart(context: Context, plan: Plan): Promise<Weights[] | undefined> {
  if (plan.parentVersionId === null) return undefined;
  const parent = await requireVersion(context, plan.parentVersionId);
  const manifest = await getManifest(context.content, parent.uri);
  return startFrom(plan.recipe, await loadWeights(context, parent, manifest));
}

function requireEqual(what: string, found: string, expected: string, version: Version): void {
  if (found === expected) return;
  throw new ContentError(`the manifest's ${what} is not the one on the chain`, {
    value: `${found} behind ${version.uri}`,
    limit: `${expected} for version ${version.versionId}`,
  });
}
