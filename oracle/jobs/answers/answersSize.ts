import type { Library } from "../../data/written/library.ts";
import { type AnswersRecipe, projectedDimension } from "../../model/answers/answersRecipe.ts";
import { projectionShape } from "../../model/answers/projection.ts";
import type { TrainingSize } from "../trainingSize.ts";

/**
 * The size of training a version that answers with passages: its rows are the passages that it reads and the questions that it
 * learns from, after repetitions were left out. Reading takes a pass even where nothing is learned.
 */
export function answersSize(
  recipe: AnswersRecipe,
  { passages, lessons }: Pick<Library, "passages" | "lessons">,
): TrainingSize {
  const parameters = projectionShape(projectedDimension(recipe)).reduce((sum, { elements }) => sum + elements, 0);
  return {
    rows: BigInt(passages.length + lessons.length),
    parameters: BigInt(parameters),
    epochs: BigInt(Math.max(1, recipe.epochs)),
    members: 1n,
  };
}
