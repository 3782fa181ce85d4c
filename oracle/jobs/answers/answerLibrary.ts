import { buildLibrary, type Library } from "../../data/written/library.ts";
import type { PairExample } from "../../data/written/written.ts";
import { type AnswerParts, encodeLibrary } from "../../model/answers/answerModel.ts";
import type { AnswersRecipe } from "../../model/answers/answersRecipe.ts";
import { written } from "../versionData.ts";
import type { Contributed } from "../versionTask.ts";
import { openEncoder } from "./openEncoder.ts";

/** What a version answers from, ready to be searched. */
export interface AnswerLibrary {
  readonly library: Library;
  readonly parts: AnswerParts;
  /** Contributor and id of each contribution, by the position that passages name. */
  readonly contributions: readonly { readonly contributionId: bigint; readonly contributor: string }[];
  /** The validators' questions; a document among the quality data asks nothing. */
  readonly quality: readonly PairExample[];
}

/** Cuts, cleans and encodes what was contributed. @throws InputError for labelled examples */
export function openAnswerLibrary(recipe: AnswersRecipe, { train, quality }: Contributed): AnswerLibrary {
  const questions = written(quality)
    .flatMap(({ examples }) => examples)
    .filter((example) => example.kind === "pair");
  const library = buildLibrary(
    written(train).map(({ examples }) => examples),
    questions,
  );
  const encoder = openEncoder(recipe, library);
  return {
    library,
    parts: encodeLibrary(recipe, encoder, library),
    contributions: train.map(({ contribution }) => contribution),
    quality: questions,
  };
}
