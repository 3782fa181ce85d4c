import { normaliseText } from "../../data/normaliseText.ts";
import type { PairExample, WrittenExample } from "../../data/written/written.ts";
import { type Lesson, lessonsOf } from "../../model/chat/lessons.ts";
import type { ChatRecipe } from "../../model/chat/chatRecipe.ts";
import type { BytePairs } from "../../model/decoder/bytePairs.ts";
import { curatedQuestions } from "../answers/curatedQuestions.ts";
import { heardExamples } from "../heardExamples.ts";
import { indexedDatanets, type IndexedDatanet, indexPlaces } from "../indexedDatanets.ts";
import { written } from "../versionData.ts";
import type { Contributed } from "../versionTask.ts";

/** What a version learns to write, and what it is judged by. */
export interface ChatLessons {
  readonly lessons: readonly Lesson[];
  /** Row in the index of each lesson's contribution. */
  readonly contributionOf: readonly number[];
  readonly contributions: number;
  readonly datanets: readonly IndexedDatanet[];
  /** The validators' questions of each Datanet with their answers, cut like lessons. */
  readonly quality: readonly (readonly Lesson[])[];
  /** Examples that an earlier one repeats, and questions that validators ask. */
  readonly duplicates: number;
}

/** Cuts what was contributed into lessons. @throws InputError for labelled examples; as the tokenizer */
export function chatLessons(
  recipe: Pick<ChatRecipe, "length">,
  pairs: BytePairs,
  { datanetIds, train, quality }: Contributed,
): ChatLessons {
  const questions = written(quality).map(({ contribution, examples }) => ({
    contribution,
    examples: examples.filter((example): example is PairExample => example.kind === "pair"),
  }));
  const isCurated = curatedQuestions(questions);
  const datanets = indexedDatanets(datanetIds, train);
  const places = indexPlaces(datanets);
  const seen = new Set<string>();
  const lessons: Lesson[] = [];
  const contributionOf: number[] = [];
  let duplicates = 0;
  for (const { contribution, examples } of written(train)) {
    for (const example of examples) {
      const text = normaliseText(textOf(example));
      if (seen.has(text) || (example.kind === "pair" && isCurated(example.question, contribution))) {
        duplicates++;
        continue;
      }
      seen.add(text);
      for (const lesson of lessonsOf(pairs, recipe.length, example)) {
        lessons.push(lesson);
        contributionOf.push(places.get(contribution.contributionId)!);
      }
    }
  }
  const judged = heardExamples(datanetIds, questions);
  return {
    ...{ lessons, contributionOf, contributions: train.length, datanets, duplicates },
    quality: judged.map((asked) => asked.flatMap((example) => lessonsOf(pairs, recipe.length, example))),
  };
}

function textOf(example: WrittenExample): string {
  return example.kind === "pair" ? `${example.question}\n${example.passage}` : example.text;
}
