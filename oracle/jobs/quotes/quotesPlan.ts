import { quotesRecipeSchema } from "../../model/quotes/quotesRecipe.ts";
import { projectedDimension } from "../../model/answers/answersRecipe.ts";
import { projectionShape } from "../../model/answers/projection.ts";
import type { Weights } from "../../model/weights.ts";
import { answersPlan, type ChosenBase } from "../answers/answersPlan.ts";
import type { ContentFiles } from "../contentFiles.ts";
import type { RecipeChoice } from "../defaultRecipe.ts";
import { getTensors, type QuotesManifest, type QuotesPlan } from "../versionFiles.ts";

/** Places of passages, question and answer together: what four passages and an answer take. */
const LENGTH = 1_024;
/** Eight coalitions: one passage more takes twice as long to settle. */
const QUOTED = 3;

/**
 * How a version is made that writes from passages.
 *
 * @param base hash of the generator, @param places that it has learned, @param encoder that passages are found by; hashed terms when absent
 */
export function quotesPlan(
  choice: Pick<RecipeChoice, "seed" | "epochs">,
  { base, places, encoder }: { readonly base: string; readonly places: number; readonly encoder?: ChosenBase },
): QuotesPlan {
  const { recipe: search } = answersPlan(choice, encoder);
  const recipe = quotesRecipeSchema.parse({
    ...{ format: "openledger-quotes-recipe/1", base, profile: "int8-exact/1", length: Math.min(LENGTH, places) },
    ...{ most: Math.min(128, Math.ceil(places / 4)), search: { ...search, quoted: QUOTED } },
  });
  return { format: "openledger-quotes-plan/1", recipe };
}

/** The published projection of the search. @throws ContentError for a file of another size */
export function getQuotesWeights(
  content: ContentFiles,
  { plan, weights }: Pick<QuotesManifest, "plan" | "weights">,
): Promise<Weights[]> {
  return getTensors(content, weights, projectionShape(projectedDimension(plan.recipe.search)), 1);
}
