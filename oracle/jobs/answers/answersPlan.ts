import { answersRecipeSchema, type EncoderChoice } from "../../model/answers/answersRecipe.ts";
import { dimensionOf } from "../../model/answers/answersRecipe.ts";
import { projectionShape } from "../../model/answers/projection.ts";
import type { Weights } from "../../model/weights.ts";
import type { ContentFiles } from "../contentFiles.ts";
import type { RecipeChoice } from "../defaultRecipe.ts";
import { type AnswersManifest, type AnswersPlan, getTensors } from "../versionFiles.ts";

/** Without a base: hashed terms alone. */
export const HASHED_TERMS: EncoderChoice = { kind: "hashed-terms/1", dimension: 1_024 };

/** How a version is made that answers with passages; the rest of the recipe is what suited the data sets that were measured (docs/attribution.md). */
export function answersPlan(
  { seed, epochs }: Pick<RecipeChoice, "seed" | "epochs">,
  encoders: readonly EncoderChoice[] = [HASHED_TERMS],
): AnswersPlan {
  const recipe = answersRecipeSchema.parse({
    format: "openledger-answers-recipe/1",
    encoders: [...encoders],
    ...{ quoted: 3, considered: 8, sharpness: 20 },
    ...{ epochs, batch: 64, learningRate: 0.001, wrongPassages: 4, seed },
  });
  return { format: "openledger-answers-plan/1", recipe };
}

/** The published projection. @throws ContentError for a file of another size */
export function getAnswerWeights(
  content: ContentFiles,
  { plan, weights }: Pick<AnswersManifest, "plan" | "weights">,
): Promise<Weights[]> {
  return getTensors(content, weights, projectionShape(dimensionOf(plan.recipe)), 1);
}
