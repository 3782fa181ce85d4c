import { z } from "zod";
import { InputError } from "../common/errors.ts";
import { RecipeError } from "../model/recipe.ts";

/** Parts of a recipe that somebody chose, by name. */
export type ChosenParts = Readonly<Record<string, unknown>>;

/**
 * A recipe with what somebody chose in the place of what is usual.
 *
 * @param given parts that follow from data and base, and are not for anybody to choose
 * @throws InputError for one of these; RecipeError with every problem and where it is
 */
export function chosenRecipe<S extends z.ZodType<object>>(
  schema: S,
  usual: z.output<S>,
  chosen: ChosenParts | undefined,
  given: readonly string[],
): z.output<S> {
  if (chosen === undefined) return usual;
  const other = given.find((part) => part in chosen);
  if (other !== undefined) {
    throw new InputError("a part of the recipe follows from the data and the base", {
      value: other,
      limit: `anything but ${given.join(", ")}`,
      remedy: "Leave it out of the recipe's file.",
    });
  }
  const result = schema.safeParse({ ...usual, ...chosen });
  if (!result.success) throw new RecipeError(z.prettifyError(result.error));
  return result.data;
}
