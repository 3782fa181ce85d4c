import { InputError } from "../../common/errors.ts";
import { isIdeograph, isInvisible, isMark, isPunctuation, isSpace } from "./characters.ts";

/** Begins a piece that goes on within a word. */
const INSIDE = "##";
/** Longer words are unknown. */
const LONGEST_WORD = 100;

/** Turns texts into the numbers of the pieces of a vocabulary. */
export interface WordPiece {
  readonly begin: number;
  readonly end: number;
  readonly unknown: number;
  tokens(text: string): number[];
}

/**
 * BERT's uncased tokenizer (Devlin et al. 2018): the text without invisible characters and accents in lower case; words end at spaces, punctuation
 * and ideographs stand alone; of each word the longest piece of the vocabulary again and again, or "unknown" for the whole word.
 *
 * @param vocabulary the pieces in the order of their numbers
 * @throws InputError for a vocabulary without [CLS], [SEP] and [UNK]
 */
export function createWordPiece(vocabulary: readonly string[]): WordPiece {
  const ids = new Map(vocabulary.map((piece, id) => [piece, id]));
  const special = (piece: string): number => {
    const id = ids.get(piece);
    if (id === undefined) {
      throw new InputError("the vocabulary is not one of BERT's", { limit: `a piece ${piece}` });
    }
    return id;
  };
  const unknown = special("[UNK]");
  const longest = vocabulary.reduce((length, piece) => Math.max(length, piece.length), 0);
  return {
    begin: special("[CLS]"),
    end: special("[SEP]"),
    unknown,
    tokens: (text) => wordsOf(text).flatMap((word) => piecesOf(word, ids, longest) ?? [unknown]),
  };
}

function piecesOf(word: string, ids: ReadonlyMap<string, number>, longest: number): number[] | undefined {
  const letters = Array.from(word);
  if (letters.length > LONGEST_WORD) return undefined;
  const pieces: number[] = [];
  for (let from = 0; from < letters.length;) {
    let to = Math.min(letters.length, from + longest);
    let id: number | undefined;
    for (; to > from; to--) {
      id = ids.get((from > 0 ? INSIDE : "") + letters.slice(from, to).join(""));
      if (id !== undefined) break;
    }
    if (id === undefined) return undefined;
    pieces.push(id);
    from = to;
  }
  return pieces;
}

/**
 * Decomposition and lower case come from the engine's Unicode tables, which by Unicode's stability policy never change for a character once
 * assigned; the kinds of characters are fixed.
 */
function wordsOf(text: string): string[] {
  let spaced = "";
  for (const character of text) {
    const codePoint = character.codePointAt(0)!;
    if (isSpace(codePoint)) spaced += " ";
    else if (isIdeograph(codePoint)) spaced += ` ${character} `;
    else if (!isInvisible(codePoint)) spaced += character;
  }
  let plain = "";
  for (const character of spaced.normalize("NFD")) if (!isMark(character.codePointAt(0)!)) plain += character;
  const words: string[] = [];
  let word = "";
  const finish = (): void => {
    if (word !== "") words.push(word);
    word = "";
  };
  for (const character of plain.toLowerCase()) {
    const codePoint = character.codePointAt(0)!;
    if (isSpace(codePoint)) finish();
    else if (isPunctuation(codePoint)) {
      finish();
      words.push(character);
    } else word += character;
  }
  finish();
  return words;
}
