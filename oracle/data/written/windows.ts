/** Longest passage in bytes of UTF-8: some 130 words of English, 250 characters of Chinese or Thai. */
export const WINDOW_BYTES = 768;

/** After these a sentence ends, whatever follows; after the others only where a space follows. */
const ENDS = new Set("。！？｡।॥؟۔…");
const ENDS_BEFORE_SPACE = new Set(".!?:;");
const CLOSERS = new Set("\"'”’»)]」』）");

/**
 * A text cut into passages: paragraphs are joined as long as they fit, longer ones are cut after a sentence, a sentence that is longer still after
 * a word, and a word that fills a passage between its characters. Nothing but white space is lost.
 */
export function windowsOf(text: string, limit = WINDOW_BYTES): string[] {
  const windows: string[] = [];
  let window = "";
  const add = (piece: string, joint: string): void => {
    const joined = window === "" ? piece : window + joint + piece;
    if (bytesOf(joined) <= limit) {
      window = joined;
      return;
    }
    if (window !== "") windows.push(window);
    window = piece;
  };
  for (const paragraph of text.split(/\n\s*\n/u)) {
    let joint = "\n\n";
    for (const sentence of sentencesOf(paragraph.replace(/\s+/gu, " ").trim())) {
      for (const piece of bytesOf(sentence) <= limit ? [sentence] : wordsWithin(sentence, limit)) {
        add(piece, joint);
        joint = joint === "\n\n" || piece !== sentence ? " " : joint;
      }
    }
  }
  if (window !== "") windows.push(window);
  return windows;
}

function sentencesOf(paragraph: string): string[] {
  const sentences: string[] = [];
  const letters = Array.from(paragraph);
  let sentence = "";
  for (const [i, letter] of letters.entries()) {
    sentence += letter;
    const next = letters[i + 1];
    if (next !== undefined && (CLOSERS.has(next) || ENDS.has(next))) continue;
    const last = CLOSERS.has(letter) ? letters[i - 1] : letter;
    if (last === undefined) continue;
    if (ENDS.has(last) || (ENDS_BEFORE_SPACE.has(last) && next === " ")) {
      sentences.push(sentence.trim());
      sentence = "";
    }
  }
  if (sentence.trim() !== "") sentences.push(sentence.trim());
  return sentences.filter((one) => one !== "");
}

/** A sentence in pieces that fit, cut between words where it can be. */
function wordsWithin(sentence: string, limit: number): string[] {
  const pieces: string[] = [];
  let piece = "";
  for (const word of sentence.split(" ")) {
    const joined = piece === "" ? word : `${piece} ${word}`;
    if (bytesOf(joined) <= limit) {
      piece = joined;
      continue;
    }
    if (piece !== "") pieces.push(piece);
    piece = "";
    for (const letter of word) {
      if (bytesOf(piece + letter) > limit) {
        pieces.push(piece);
        piece = "";
      }
      piece += letter;
    }
  }
  if (piece !== "") pieces.push(piece);
  return pieces;
}

function bytesOf(text: string): number {
  return Buffer.byteLength(text);
}
