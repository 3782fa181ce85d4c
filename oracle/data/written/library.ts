import { normaliseText } from "../normaliseText.ts";
import { createRepetitionIndex } from "./repetitions.ts";
import { windowsOf } from "./windows.ts";
import type { WrittenExample } from "./written.ts";

/** A passage that can be part of an answer. */
export interface Passage {
  /** Position of its contribution. */
  readonly contribution: number;
  /** Of the document; empty for none. */
  readonly title: string;
  readonly text: string;
  readonly source: string;
}

/** A contributed question that teaches which passage answers it. */
export interface Lesson {
  /** Position of its contribution. */
  readonly contribution: number;
  readonly question: string;
  readonly passage: string;
}

/** What an answering version reads and learns from. */
export interface Library {
  readonly passages: readonly Passage[];
  readonly lessons: readonly Lesson[];
  /** Passages and questions left out because an earlier contribution, or for questions the quality data, holds the same or nearly the same. */
  readonly duplicates: number;
}

/**
 * Cuts what was contributed into passages, in the order of registration, without repetitions. The passages of pairs are read like documents; their
 * questions are lessons, but for those that the quality data asks: whoever learned those would be judged by what it copied.
 *
 * @param contributed the examples of each contribution
 * @param isCurated whether the quality data asks a question, as far as the contribution at a position is concerned
 */
export function buildLibrary(
  contributed: readonly (readonly WrittenExample[])[],
  isCurated: (question: string, contribution: number) => boolean,
): Library {
  const repetitions = createRepetitionIndex();
  const passages: Passage[] = [];
  const lessons: Lesson[] = [];
  const asked = new Set<string>();
  let duplicates = 0;
  let document = 0;
  for (const [contribution, examples] of contributed.entries()) {
    for (const example of examples) {
      const title = example.kind === "document" ? example.title : "";
      for (const text of windowsOf(example.kind === "document" ? example.text : example.passage)) {
        if (repetitions.add(document, text) !== undefined) duplicates++;
        else passages.push({ contribution, title, text, source: example.source });
      }
      document++;
      if (example.kind === "document") continue;
      const question = normaliseText(example.question);
      if (asked.has(question) || isCurated(example.question, contribution)) duplicates++;
      else lessons.push({ contribution, question: example.question, passage: example.passage });
      asked.add(question);
    }
  }
  return { passages, lessons, duplicates };
}

/** What a passage is found by: its title and its text. */
export function searchTextOf({ title, text }: Pick<Passage, "title" | "text">): string {
  return title === "" ? text : `${title}\n${text}`;
}
