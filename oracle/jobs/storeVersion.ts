import { schemeId } from "../attribution/scheme.ts";
import type { Weights } from "../model/weights.ts";
import type { ContentFiles } from "./contentFiles.ts";
import type { TrainedArtefacts } from "./trainedArtefacts.ts";
import { ensembleHash, planHash, putManifest, putWeights, type VersionManifest } from "./versionFiles.ts";

/** A manifest before its weights are stored: a plan, and the scheme that goes with it. */
type Unstored<M = VersionManifest> = M extends VersionManifest ? Omit<M, "format" | "weights"> : never;

/** Stores a trained version's weights and manifest; what the chain is told of them. */
export async function storeVersion(
  content: ContentFiles,
  models: readonly Weights[],
  parts: Unstored,
): Promise<Pick<TrainedArtefacts, "weightsHash" | "recipeHash" | "schemeId" | "uri">> {
  const weights = await putWeights(content, models);
  return {
    weightsHash: ensembleHash(models),
    recipeHash: planHash(parts.plan),
    schemeId: schemeId(parts.scheme),
    uri: await putManifest(content, { format: "openledger-version/1", ...parts, weights }),
  };
}
