import { fnv1a, fnv1aByte, FNV_OFFSET_BASIS } from "./fnv1a.ts";
import { normaliseText } from "./normaliseText.ts";

/** Number of buckets: 2^14. Bucket ids are in [0, 16384). */
export const NGRAM_BUCKETS = 1 << 14;

const SHORTEST_CHARACTER_NGRAM = 3;
const LONGEST_CHARACTER_NGRAM = 5;

/** First byte hashed, so that the word "the" and the character 3-gram "the" are different features. */
const WORD = 1;
const WORD_PAIR = 2;
const CHARACTERS = 3;

const SPACE = 0x20;
const WORD_START = 0x3c; // "<"; normalised text contains neither bracket
const WORD_END = 0x3e; // ">"

const encoder = new TextEncoder();

/** A batch of bags in compressed rows: the bag of row r is `ids.subarray(offsets[r], offsets[r + 1])`. */
export interface NgramBags {
  /** Bucket ids of all rows, ascending within a row; a feature that occurs twice is there twice. */
  readonly ids: Int32Array;
  /** Length rows + 1, offsets[0] = 0. */
  readonly offsets: Int32Array;
}

/**
 * Scheme `hashed-ngrams/1`: the bag of word 1-2-grams and character 3-5-grams of a text, hashed to buckets.
 *
 * The text is normalised ({@link normaliseText}) and taken as UTF-8. Word n-grams are the words joined by one space.
 * Character n-grams are runs of 3 to 5 code points inside `<word>`, the brackets included (as in fastText, Bojanowski
 * et al. 2017). Each feature is one kind byte (1 word, 2 word pair, 3 characters) and its UTF-8 bytes, hashed with FNV-1a
 * (32 bit, offset basis 2166136261, prime 16777619); the bucket is `(h ^ (h >>> 14)) & 16383` (FNV's own xor-folding).
 *
 * @returns bucket ids, ascending, with repetitions; empty for a text without words.
 */
export function hashNgrams(text: string): Int32Array {
  const bytes = encoder.encode(normaliseText(text));
  const ids: number[] = [];
  let previousStart = -1;
  let start = 0;
  while (start < bytes.length) {
    let end = bytes.indexOf(SPACE, start);
    if (end < 0) end = bytes.length;
    ids.push(bucketOf(fnv1a(fnv1aByte(FNV_OFFSET_BASIS, WORD), bytes, start, end)));
    if (previousStart >= 0) {
      ids.push(bucketOf(fnv1a(fnv1aByte(FNV_OFFSET_BASIS, WORD_PAIR), bytes, previousStart, end)));
    }
    pushCharacterNgrams(bytes, start, end, ids);
    previousStart = start;
    start = end + 1;
  }
  return Int32Array.from(ids).sort();
}

/** {@link hashNgrams} of many texts, in their order. */
export function hashNgramsBatch(texts: readonly string[]): NgramBags {
  const bags = texts.map(hashNgrams);
  const offsets = new Int32Array(texts.length + 1);
  for (let row = 0; row < bags.length; row++) offsets[row + 1] = offsets[row]! + bags[row]!.length;
  const ids = new Int32Array(offsets[texts.length]!);
  for (let row = 0; row < bags.length; row++) ids.set(bags[row]!, offsets[row]);
  return { ids, offsets };
}

function pushCharacterNgrams(bytes: Uint8Array, start: number, end: number, ids: number[]): void {
  const bracketed = new Uint8Array(end - start + 2);
  bracketed[0] = WORD_START;
  bracketed.set(bytes.subarray(start, end), 1);
  bracketed[bracketed.length - 1] = WORD_END;

  for (let from = 0; from < bracketed.length; from++) {
    if (isContinuation(bracketed[from]!)) continue;
    let hash = fnv1aByte(FNV_OFFSET_BASIS, CHARACTERS);
    let at = from;
    for (let characters = 1; characters <= LONGEST_CHARACTER_NGRAM && at < bracketed.length; characters++) {
      do hash = fnv1aByte(hash, bracketed[at++]!);
      while (at < bracketed.length && isContinuation(bracketed[at]!));
      if (characters >= SHORTEST_CHARACTER_NGRAM) ids.push(bucketOf(hash));
    }
  }
}

/** True for the second and later bytes of a UTF-8 sequence. */
function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}

function bucketOf(hash: number): number {
  return (hash ^ (hash >>> 14)) & (NGRAM_BUCKETS - 1);
}
