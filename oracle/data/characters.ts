import { DataError, shown } from "./errors.ts";

/** The characters (Unicode code points) of texts, ascending: a character's place is its token id. */
export function characterVocabulary(texts: Iterable<string>): string[] {
  const found = new Set<string>();
  for (const text of texts) for (const character of text) found.add(character);
  return [...found].sort((a, b) => a.codePointAt(0)! - b.codePointAt(0)!);
}

/**
 * The token ids of a text's characters.
 * @throws DataError `example-invalid` for a character that the vocabulary lacks
 */
export function encodeCharacters(vocabulary: readonly string[], text: string): Int32Array {
  const ids = new Map(vocabulary.map((character, id) => [character, id]));
  return Int32Array.from(text, (character) => {
    const id = ids.get(character);
    if (id !== undefined) return id;
    throw new DataError({
      code: "example-invalid",
      value: `the character ${shown(character)}`,
      limit: `one of the ${vocabulary.length} characters of the vocabulary`,
      remedy: "make the vocabulary of all texts, or leave the character out",
    });
  });
}

/** The text of token ids. */
export function decodeCharacters(vocabulary: readonly string[], ids: Int32Array): string {
  return Array.from(ids, (id) => vocabulary[id] ?? "").join("");
}
