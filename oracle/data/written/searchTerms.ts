import { normaliseText } from "../normaliseText.ts";

/** Separators of sentences that `normaliseText` leaves, as its tables are part of an older encoding. */
const FURTHER_SEPARATORS =
  /[\u0589\u05be\u05c0\u05c3\u060c\u061b\u061f\u066a-\u066d\u06d4\u0964\u0965\u0e2f\u0e5a\u0e5b\u104a\u104b\u1362-\u1368\u17d4-\u17d6\u30fb\u0300-\u036f]+/gu;
/** Signs that a writer of Arabic or Hebrew may leave out: lengthening, vowels. */
const OPTIONAL = /[\u0591-\u05bd\u05bf\u05c1\u05c2\u0610-\u061a\u0640\u064b-\u065f\u0670]/gu;

/**
 * Inclusive code-point ranges of scripts that do not separate words: Thai, Lao, Burmese, Khmer, Tibetan, kana, ideographs. Fixed here, as in
 * `normaliseText`, so that no newer Unicode version in the engine moves a term.
 */
const UNSPACED: readonly (readonly [number, number])[] = [
  [0x0e00, 0x0eff],
  [0x0f00, 0x0fff],
  [0x1000, 0x109f],
  [0x1780, 0x17ff],
  [0x3040, 0x30ff],
  [0x31f0, 0x31ff],
  [0x3400, 0x4dbf],
  [0x4e00, 0x9fff],
  [0xf900, 0xfaff],
  [0x20000, 0x3ffff],
];

/** A word of a script that separates words, or a run of one that does not. */
export interface Run {
  readonly text: string;
  readonly spaced: boolean;
}

/** The words and runs of a text, normalised, in order. */
export function runsOf(text: string): Run[] {
  const words = normaliseText(text).normalize("NFKC").replace(OPTIONAL, "").replace(FURTHER_SEPARATORS, " ").split(" ");
  return words.flatMap((word) => {
    const runs: { text: string; spaced: boolean }[] = [];
    for (const letter of word) {
      const spaced = !isUnspaced(letter.codePointAt(0)!);
      const last = runs.at(-1);
      if (last?.spaced === spaced) last.text += letter;
      else runs.push({ text: letter, spaced });
    }
    return runs;
  });
}

/** Longest run of characters of an unspaced script that is a term. */
const UNSPACED_GRAM = 2;
/** Characters of a word's start and of its end that stand for its other forms. */
const STEM = 5;
const ENDING = 4;

/**
 * What a text is searched by: its words and what they begin and end with, so that another form of a word is found as well; of scripts without
 * spaces single characters and pairs of them. A term that occurs twice is there twice.
 */
export function searchTerms(text: string): string[] {
  return runsOf(text).flatMap(({ text: run, spaced }) => (spaced ? termsOfWord(run) : gramsOf(run)));
}

function termsOfWord(word: string): string[] {
  const letters = Array.from(word);
  const terms = [word];
  if (letters.length > STEM) terms.push(`${letters.slice(0, STEM).join("")}<`);
  if (letters.length > STEM + 1) terms.push(`>${letters.slice(-ENDING).join("")}`);
  return terms;
}

function gramsOf(run: string): string[] {
  const letters = Array.from(run);
  const grams: string[] = [];
  for (let from = 0; from < letters.length; from++) {
    for (let length = 1; length <= UNSPACED_GRAM && from + length <= letters.length; length++) {
      grams.push(letters.slice(from, from + length).join(""));
    }
  }
  return grams;
}

function isUnspaced(codePoint: number): boolean {
  return UNSPACED.some(([from, to]) => codePoint >= from && codePoint <= to);
}
