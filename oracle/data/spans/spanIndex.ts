import { runsOf } from "../written/searchTerms.ts";
import { suffixArray } from "./suffixArray.ts";

/** A text whose words are looked for in answers. */
export interface SpanSource {
  /** Position of its contribution, in the order of registration. */
  readonly contribution: number;
  readonly text: string;
}

/** Words of an answer that stand in a contributed text as they are. */
export interface Span {
  /** Normalised. */
  readonly text: string;
  readonly words: number;
  /** How often they are contributed. */
  readonly occurrences: number;
  /** How surprising they are: log2 of how rare each word is, rounded down, added up. */
  readonly rarity: number;
  /** Of the first that was registered with them. */
  readonly contribution: number;
}

export interface SpanIndex {
  /** Words and characters of the texts. */
  readonly tokens: number;
  /** Of its arrays. */
  readonly bytes: number;
  /** The spans of an answer that no longer one holds, the rarest first. */
  spansOf(answer: string): Span[];
}

/** Fewer words are of one language rather than of one contributor. */
export const LEAST_WORDS = 4;
/** Ends every text: no word has it, so no span goes across. */
const END = 0;

interface Token {
  readonly text: string;
  /** Whether a space stands before it. */
  readonly spaced: boolean;
}

/** Indexes texts by a suffix array over their words, and over the characters of scripts without spaces. Integers alone: the same everywhere. */
export function createSpanIndex(sources: readonly SpanSource[]): SpanIndex {
  const numbers = new Map<string, number>();
  const sequence: number[] = [];
  const ends: number[] = [];
  for (const { text } of sources) {
    for (const token of tokensOf(text)) {
      const number = numbers.get(token.text) ?? numbers.size + 1;
      numbers.set(token.text, number);
      sequence.push(number);
    }
    sequence.push(END);
    ends.push(sequence.length);
  }
  const values = numbers.size <= 0xffff ? Uint16Array.from(sequence) : Int32Array.from(sequence);
  const sorted = suffixArray(values, numbers.size);
  // where the suffixes that begin with each word lie: as many as the word is written
  const firstOf = new Int32Array(numbers.size + 2);
  for (const value of values) firstOf[value + 1]!++;
  for (let value = 0; value <= numbers.size; value++) firstOf[value + 1]! += firstOf[value]!;
  const countOf = (value: number): number => firstOf[value + 1]! - firstOf[value]!;
  const total = sequence.length;
  const endOf = Int32Array.from(ends);

  /** The first of the suffixes from `low` to `high` whose value at `depth` is at least `value`. */
  const lowerBound = (low: number, high: number, depth: number, value: number): number => {
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((values[sorted[middle]! + depth] ?? END) < value) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  /** The longest run of words from `from` on that stands in a text, and the suffixes that begin with it. */
  const longest = (asked: readonly number[], from: number) => {
    const word = asked[from]!;
    if (word > numbers.size) return { low: 0, high: 0, length: 0 };
    let [low, high, length] = [firstOf[word]!, firstOf[word + 1]!, 1];
    while (from + length < asked.length) {
      const value = asked[from + length]!;
      const first = lowerBound(low, high, length, value);
      const after = lowerBound(first, high, length, value + 1);
      if (first === after) break;
      [low, high, length] = [first, after, length + 1];
    }
    return { low, high, length };
  };
  const contributionAt = (position: number): number => sources[sourceAt(endOf, position)]!.contribution;

  return {
    tokens: total - sources.length,
    bytes: values.byteLength + sorted.byteLength + firstOf.byteLength + endOf.byteLength,
    spansOf(answer) {
      const tokens = tokensOf(answer);
      // an unknown word is one more than any known
      const asked = tokens.map(({ text }) => numbers.get(text) ?? numbers.size + 1);
      const spans: Span[] = [];
      let covered = 0;
      for (let from = 0; from < asked.length; from++) {
        const { low, high, length } = longest(asked, from);
        if (from + length <= covered) continue;
        covered = from + length;
        if (length < LEAST_WORDS) continue;
        let earliest = sorted[low]!;
        for (let i = low + 1; i < high; i++) earliest = Math.min(earliest, sorted[i]!);
        spans.push({
          text: joined(tokens.slice(from, from + length)),
          ...{ words: length, occurrences: high - low, contribution: contributionAt(earliest) },
          rarity: asked
            .slice(from, from + length)
            .reduce((sum, value) => sum + floorLog2(Math.floor(total / countOf(value))), 0),
        });
      }
      return spans.sort((a, b) => b.rarity - a.rarity);
    },
  };
}

function tokensOf(text: string): Token[] {
  return runsOf(text).flatMap(({ text: run, spaced }): Token[] => {
    if (spaced) return run === "" ? [] : [{ text: run, spaced }];
    return Array.from(run, (letter) => ({ text: letter, spaced }));
  });
}

function joined(tokens: readonly Token[]): string {
  return tokens.reduce((text, token, i) => text + (i > 0 && token.spaced ? " " : "") + token.text, "");
}

/** The first of ascending ends that lies after a position. */
function sourceAt(ends: Int32Array, position: number): number {
  let [low, high] = [0, ends.length - 1];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ends[middle]! <= position) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** @param value from 1 to 2³¹ - 1 */
function floorLog2(value: number): number {
  return 31 - Math.clz32(value);
}
