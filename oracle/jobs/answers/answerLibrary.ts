import { buildLibrary, type Library } from "../../data/written/library.ts";
import type { PairExample } from "../../data/written/written.ts";
import { type AnswerParts, encodeLibrary } from "../../model/answers/answerModel.ts";
import type { AnswersRecipe } from "../../model/answers/answersRecipe.ts";
import type { BaseEncoders } from "../bases/baseEncoders.ts";
import { heardExamples } from "../heardExamples.ts";
import { indexedDatanets, type IndexedDatanet, indexPlaces } from "../indexedDatanets.ts";
import { written } from "../versionData.ts";
import type { Contributed } from "../versionTask.ts";
import { curatedQuestions } from "./curatedQuestions.ts";
import { openEncoders } from "./openEncoders.ts";

/** What a version answers from, ready to be searched. */
export interface AnswerLibrary {
  /** Passages name their contribution by its row in the index. */
  readonly library: Library;
  readonly parts: AnswerParts;
  readonly datanets: readonly IndexedDatanet[];
  /** Contributor and id of each contribution, by its row in the index. */
  readonly contributions: readonly { readonly contributionId: bigint; readonly contributor: string }[];
  /** The validators' questions of each Datanet; a document among the quality data asks nothing. */
  readonly quality: readonly (readonly PairExample[])[];
}

/** Cuts, cleans and encodes what was contributed. @throws InputError for labelled examples; as `openEncoders` */
export async function openAnswerLibrary(
  recipe: AnswersRecipe,
  { datanetIds, train, quality }: Contributed,
  bases: BaseEncoders,
): Promise<AnswerLibrary> {
  const questions = written(quality).map(({ contribution, examples }) => ({
    contribution,
    examples: examples.filter((example) => example.kind === "pair"),
  }));
  const isCurated = curatedQuestions(questions);
  const registered = train.map(({ contribution }) => contribution);
  const datanets = indexedDatanets(datanetIds, train);
  const places = indexPlaces(datanets);
  const rows = registered.map(({ contributionId }) => places.get(contributionId)!);
  const cut = buildLibrary(
    written(train).map(({ examples }) => examples),
    (question, contribution) => isCurated(question, registered[contribution]!),
  );
  const library = {
    ...cut,
    passages: cut.passages.map((passage) => ({ ...passage, contribution: rows[passage.contribution]! })),
    lessons: cut.lessons.map((lesson) => ({ ...lesson, contribution: rows[lesson.contribution]! })),
  };
  const encoders = await openEncoders(recipe, library, bases);
  return {
    library,
    parts: encodeLibrary(recipe, encoders, library),
    datanets,
    contributions: registered.toSorted((a, b) => places.get(a.contributionId)! - places.get(b.contributionId)!),
    quality: heardExamples(datanetIds, questions),
  };
}
