import { InputError } from "../common/errors.ts";
import { architectureOf } from "../model/architecture.ts";
import { initialWeights } from "../model/initialWeights.ts";
import type { Recipe } from "../model/recipe.ts";
import type { Weights } from "../model/weights.ts";
import type { Context } from "./context.ts";
import { loadWeights } from "./loadWeights.ts";
import { requireVersion } from "./requireVersion.ts";
import { answersWithLabels, getManifest, type Plan } from "./versionFiles.ts";

/**
 * Weights to start a fine-tuned training from: the parent's tensors where name and shape are the same, fresh ones
 * elsewhere (a classifier over other labels).
 */
export function startFrom(recipe: Recipe, parent: readonly Weights[]): Weights[] {
  const architecture = architectureOf(recipe);
  return parent.map((weights, member) => initialWeights(recipe, architecture, member, weights));
}

/** The parent's weights, as a start; undefined for a version without a parent. */
export async function loadStart(context: Context, plan: Plan): Promise<Weights[] | undefined> {
  if (plan.parentVersionId === null) return undefined;
  const parent = await requireVersion(context, plan.parentVersionId);
  const manifest = await getManifest(context.content, parent.uri);
  if (answersWithLabels(manifest)) return startFrom(plan.recipe, await loadWeights(context, parent, manifest));
  throw new InputError("a version that labels cannot start from one that does not", {
    value: plan.parentVersionId,
    remedy: "Name another version, or none.",
  });
}
