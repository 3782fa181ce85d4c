import { characterVocabulary, encodeCharacters } from "../../data/characters.ts";
import type { Dataset } from "../../data/dataset.ts";
import type { TextExample } from "../../data/example.ts";
import type { Passage } from "../../data/passages.ts";
import { passagesOf } from "../../data/passages.ts";
import type { LabelledRows } from "../../model/rows.ts";
import type { DocumentRows } from "../../model/sequences.ts";
import { sequencesOf } from "../../model/sequences.ts";

/** Plays for a language model of characters: what the base is trained on, the documents that adapters are trained on, and what judges both. */
export interface LanguageData {
  readonly vocabulary: readonly string[];
  readonly base: LabelledRows;
  readonly documents: readonly Passage[];
  readonly contributed: DocumentRows;
  readonly heldOut: LabelledRows;
}

export interface LanguageDataOptions {
  /** Tokens of a sequence. */
  readonly length: number;
  /** Documents, of at least so many characters each: the last of the training part. The base is trained on what comes before them. */
  readonly documents: number;
  readonly characters: number;
}

/** @throws RangeError when the training part has too few documents */
export function languageData(dataset: Dataset, { length, documents, characters }: LanguageDataOptions): LanguageData {
  const [train, test] = [dataset.train, dataset.test].map((examples) =>
    passagesOf(
      examples.filter((example): example is TextExample => example.kind === "text"),
      characters,
    ),
  );
  if (train!.length <= documents) {
    throw new RangeError(
      `${train!.length} documents of ${characters} characters: ask for fewer than that, or for shorter ones`,
    );
  }
  const vocabulary = characterVocabulary([...train!, ...test!].map(({ text }) => text));
  const rowsOf = (passages: readonly Passage[]) =>
    sequencesOf(
      passages.map(({ text }) => encodeCharacters(vocabulary, text)),
      length,
    );
  const chosen = train!.slice(-documents);
  return {
    vocabulary,
    base: rowsOf(train!.slice(0, -documents)).rows,
    documents: chosen,
    contributed: rowsOf(chosen),
    heldOut: rowsOf(test!).rows,
  };
}
