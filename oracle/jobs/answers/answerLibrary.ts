import { buildLibrary, type Library } from "../../data/written/library.ts";
import type { PairExample } from "../../data/written/written.ts";
import { type AnswerParts, encodeLibrary } from "../../model/answers/answerModel.ts";
import type { AnswersRecipe } from "../../model/answers/answersRecipe.ts";
import type { BaseEncoders } from "../bases/baseEncoders.ts";
import { written } from "../versionData.ts";
import type { Contributed } from "../versionTask.ts";
import { openEncoders } from "./openEncoders.ts";

/** What a version answers from, ready to be searched. */
export interface AnswerLibrary {
  readonly library: Library;
  readonly parts: AnswerParts;
  /** Contributor and id of each contribution, by the position that passages name. */
  readonly contributions: readonly { readonly contributionId: bigint; readonly contributor: string }[];
  /** The validators' questions; a document among the quality data asks nothing. */
  readonly quality: readonly PairExample[];
}

/** Cuts, cleans and encodes what was contributed. @throws InputError for labelled examples; as `openEncoders` */
export async function openAnswerLibrary(
  recipe: AnswersRecipe,
  { train, quality }: Contributed,
  bases: BaseEncoders,
): Promise<AnswerLibrary> {
  const questions = written(quality)
    .flatMap(({ examples }) => examples)
    .filter((example) => example.kind === "pair");
  const library = buildLibrary(
    written(train).map(({ examples }) => examples),
    questions,
  );
  const encoders = await openEncoders(recipe, library, bases);
  return {
    library,
    parts: encodeLibrary(recipe, encoders, library),
    contributions: train.map(({ contribution }) => contribution),
    quality: questions,
  };
}
