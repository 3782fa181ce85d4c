import { answersRecipeSchema, type EncoderChoice, projectedDimension } from "../../model/answers/answersRecipe.ts";
import { projectionShape } from "../../model/answers/projection.ts";
import type { Weights } from "../../model/weights.ts";
import type { ContentFiles } from "../contentFiles.ts";
import type { RecipeChoice } from "../defaultRecipe.ts";
import { type AnswersManifest, type AnswersPlan, getTensors } from "../versionFiles.ts";

/** Words as they are written, with or without a base. */
const HASHED_TERMS: EncoderChoice = { kind: "hashed-terms/1", dimension: 1_024 };

/** A pretrained encoder to answer with. */
export interface ChosenBase {
  /** Its hash. */
  readonly base: string;
  readonly dimension: number;
}

/** How a version is made that answers with passages; the rest of the recipe is what suited the data sets that were measured (docs/attribution.md). */
export function answersPlan({ seed, epochs }: Pick<RecipeChoice, "seed" | "epochs">, base?: ChosenBase): AnswersPlan {
  const encoders =
    base === undefined
      ? { encoders: [HASHED_TERMS], batch: 64, wrongPassages: 4 }
      : // what an encoder takes for the best is often right as well: searched wrong passages made it worse at other wordings
        { encoders: [{ kind: "bert/1", ...base }, HASHED_TERMS], beside: 0.4, batch: 128, wrongPassages: 0 };
  const recipe = answersRecipeSchema.parse({
    format: "openledger-answers-recipe/1",
    ...encoders,
    ...{ quoted: 3, considered: 8, sharpness: 20 },
    ...{ epochs, learningRate: 0.001, seed },
  });
  return { format: "openledger-answers-plan/1", recipe };
}

/** The published projection. @throws ContentError for a file of another size */
export function getAnswerWeights(
  content: ContentFiles,
  { plan, weights }: Pick<AnswersManifest, "plan" | "weights">,
): Promise<Weights[]> {
  return getTensors(content, weights, projectionShape(projectedDimension(plan.recipe)), 1);
}
