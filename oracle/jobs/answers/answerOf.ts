import { type AnswerModel, type Found, sharesOf } from "../../model/answers/answerModel.ts";
import type { PassagesAnswer, VectorAnswer } from "../receiptFiles.ts";
import type { AnswerLibrary } from "./answerLibrary.ts";

const MILLION = 1_000_000;

/** The answer that a provider gives, from what was found: every operator makes the same of the same question. */
export function answerOf({ library, contributions, parts }: AnswerLibrary, found: readonly Found[]): PassagesAnswer {
  const answer = found.slice(0, parts.recipe.quoted);
  const shares = sharesOf(answer);
  return {
    passages: answer.map(({ passage, similarity }, i) => {
      const { contribution, title, text, source } = library.passages[passage]!;
      const { contributionId, contributor } = contributions[contribution]!;
      return {
        contributionId: contributionId.toString(),
        ...{ contributor, title, text, source },
        share: Math.round(shares[i]! * MILLION),
        similarity: Math.round(similarity * MILLION),
      };
    }),
  };
}

/** Where a version places a text. */
export function vectorOf(model: Pick<AnswerModel, "embed">, text: string): VectorAnswer {
  // -0 has no place in canonical JSON
  return { vector: Array.from(model.embed(text), (component) => Math.round(component * MILLION) + 0) };
}
