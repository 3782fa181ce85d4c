import { type Library, searchTextOf } from "../../data/written/library.ts";
import type { AnswersRecipe } from "../../model/answers/answersRecipe.ts";
import { type Encoder, joined } from "../../model/answers/encoder.ts";
import { createHashedTerms } from "../../model/answers/hashedTerms.ts";

/** The encoders of a recipe; those that count terms count them in the library. */
export function openEncoder(
  { encoders }: Pick<AnswersRecipe, "encoders">,
  { passages, lessons }: Pick<Library, "passages" | "lessons">,
): Encoder {
  const texts = passages.map(searchTextOf);
  const questions = lessons.map(({ question }) => question);
  return joined(encoders.map(({ dimension }) => createHashedTerms(dimension, texts, questions)));
}
