import type { WrittenExample } from "../../data/written/written.ts";
import type { BytePairs } from "../decoder/bytePairs.ts";
import { chatPrompt } from "../decoder/chatPrompt.ts";
import type { Decoder } from "../decoder/decoder.ts";

/** A piece of text, of which the tokens from a place on are learned. */
export interface Lesson {
  readonly tokens: readonly number[];
  /** At least 1. */
  readonly from: number;
}

/** A lesson as the frozen generator reads it: the state before each learned token, and the token. */
export interface ReadLesson {
  /** tokens x hidden */
  readonly states: Float32Array;
  readonly tokens: Int32Array;
}

/**
 * The pieces of an example, each of at most `length` tokens. Of a pair the answer is learned, with its end; of a document every token but its first.
 * Nothing is left out: a longer example goes on in the next piece, which begins with the last token of the one before.
 *
 * @throws InputError as the tokenizer
 */
export function lessonsOf(pairs: BytePairs, length: number, example: WrittenExample): Lesson[] {
  const { tokens, from } = wholeLesson(pairs, example);
  const lessons: Lesson[] = [];
  for (let first = 0; first + 1 < tokens.length; first += length - 1) {
    const piece = { tokens: tokens.slice(first, first + length), from: Math.max(1, from - first) };
    if (piece.from < piece.tokens.length) lessons.push(piece);
  }
  return lessons;
}

function wholeLesson(pairs: BytePairs, example: WrittenExample): Lesson {
  if (example.kind === "document") {
    const { title, text } = example;
    return { tokens: pairs.encode(title === "" ? text : `${title}\n${text}`), from: 1 };
  }
  const { tokens, end } = chatPrompt(pairs, example.question);
  return { tokens: [...tokens, ...pairs.encode(example.passage), end], from: tokens.length };
}

/** Reads a lesson with the frozen generator. */
export function readLesson(decoder: Decoder, { tokens, from }: Lesson): ReadLesson {
  const count = tokens.length - from;
  const { hidden } = decoder.shape;
  const states = new Float32Array(count * hidden);
  decoder.rewind(0, 0);
  decoder.advance([{ sequence: 0, tokens: tokens.slice(0, -1), seen: count }], (_, place, state) => {
    states.set(state, (place - from + 1) * hidden);
  });
  return { states, tokens: Int32Array.from(tokens.slice(from)) };
}
