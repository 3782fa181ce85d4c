import { windowsOf } from "../../data/written/windows.ts";
import { type Library, searchTextOf } from "../../data/written/library.ts";
import type { AnswersRecipe } from "../../model/answers/answersRecipe.ts";
import type { Encoder } from "../../model/answers/encoder.ts";
import { createHashedTerms } from "../../model/answers/hashedTerms.ts";
import type { BaseEncoders } from "../bases/baseEncoders.ts";

/**
 * The encoders of a recipe. Those that count terms count them in the library; a base reads the library, which takes minutes for thousands of passages,
 * unless it has read it before.
 *
 * @throws as `BaseEncoders.open`
 */
export async function openEncoders(
  { encoders }: Pick<AnswersRecipe, "encoders">,
  { passages, lessons }: Pick<Library, "passages" | "lessons">,
  bases: BaseEncoders,
): Promise<Encoder[]> {
  const texts = passages.map(searchTextOf);
  const questions = lessons.map(({ question }) => question);
  const opened: Encoder[] = [];
  for (const choice of encoders) {
    if (choice.kind === "hashed-terms/1") {
      opened.push(createHashedTerms(choice.dimension, texts, questions));
      continue;
    }
    const encoder = await bases.open(choice.base);
    await encoder.prepare([...texts, ...questions, ...lessons.flatMap(({ passage }) => windowsOf(passage))]);
    opened.push(encoder);
  }
  return opened;
}
