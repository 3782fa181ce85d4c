import { ContentError, InputError } from "../../common/errors.ts";
import { isLetter, isNumber, isWhite } from "./characters.ts";
import { createHeap } from "./heap.ts";

/** What a tokenizer of byte pairs is made of. */
export interface Vocabulary {
  /** The texts of the tokens by their numbers; a byte is one character of `BYTES`. */
  readonly tokens: readonly string[];
  /** Pairs of tokens that become one, the first first: two texts with a space in between. */
  readonly merges: readonly string[];
  /** Numbers of the tokens that stand for something else than text, like the end of a message. */
  readonly specials: readonly number[];
}

/** Texts to tokens and back, by bytes: a text has its bytes back. */
export interface BytePairs {
  /** The number of a token that is no text. @throws ContentError for one that the vocabulary lacks */
  special(this: void, token: string): number;
  /** @throws InputError for a text with a byte that the vocabulary lacks, like a control character */
  encode(this: void, text: string): number[];
  /** The text of tokens; bytes that are no UTF-8 become U+FFFD, special tokens stay away. */
  decode(this: void, tokens: readonly number[]): string;
}

/** The characters that stand for the bytes 0 … 255 (Radford et al. 2019): visible ones for themselves, others from U+0100 on. */
const BYTES = bytesAsCharacters();
const BYTE_OF = new Map(BYTES.map((character, byte) => [character, byte]));
const MOST_POSITIONS = 2 ** 22;

/**
 * Byte-level byte pair encoding as GPT-2's (Radford et al. 2019), every digit a word of its own. Of a word's neighbours the pair of the lowest rank is
 * joined, the leftmost of equals, until none is known. Special tokens are never read out of a text: who writes `<|im_end|>` gets its characters.
 *
 * @throws ContentError for a vocabulary that lacks a merge's token
 */
export function createBytePairs({ tokens, merges, specials }: Vocabulary): BytePairs {
  const ids = new Map(tokens.map((token, id) => [token, id]));
  const idOf = (token: string): number => {
    const id = ids.get(token);
    if (id === undefined) throw new ContentError("the vocabulary lacks a token", { value: token });
    return id;
  };
  const bytes = BYTES.map((character) => ids.get(character));
  const pairs = new Map<number, { readonly rank: number; readonly joined: number }>();
  for (const [rank, merge] of merges.entries()) {
    const [left = "", right = ""] = merge.split(" ");
    const key = idOf(left) * tokens.length + idOf(right);
    if (!pairs.has(key)) pairs.set(key, { rank, joined: idOf(left + right) });
  }
  const special = new Set(specials);
  const known = new Map<string, readonly number[]>();

  function joinPairs(word: string): number[] {
    const parts = Array.from(new TextEncoder().encode(word), (byte) => bytes[byte] ?? refuse(word));
    const end = parts.length;
    const [next, before] = [parts.map((_, i) => i + 1), parts.map((_, i) => i - 1)];
    const pairAt = (i: number) =>
      next[i]! < end ? pairs.get(parts[i]! * tokens.length + parts[next[i]!]!) : undefined;
    const heap = createHeap();
    const offer = (i: number) => {
      const pair = pairAt(i);
      if (pair !== undefined) heap.push(pair.rank * MOST_POSITIONS + i);
    };
    for (let i = 0; i < end; i++) offer(i);
    for (let least = heap.pop(); least !== undefined; least = heap.pop()) {
      const i = least % MOST_POSITIONS;
      const pair = parts[i]! < 0 ? undefined : pairAt(i);
      if (pair === undefined || pair.rank !== Math.floor(least / MOST_POSITIONS)) continue;
      const gone = next[i]!;
      parts[i] = pair.joined;
      parts[gone] = -1;
      next[i] = next[gone]!;
      if (next[i] < end) before[next[i]] = i;
      offer(i);
      if (before[i]! >= 0) offer(before[i]!);
    }
    return parts.filter((part) => part >= 0);
  }

  return {
    special: idOf,
    encode: (text) =>
      wordsOf(text).flatMap((word) => {
        const found = known.get(word) ?? joinPairs(word);
        if (word.length <= LONGEST_KNOWN && known.size < MOST_KNOWN) known.set(word, found);
        return found;
      }),
    decode(written) {
      const all = written
        .filter((id) => !special.has(id))
        .flatMap((id) => Array.from(tokens[id]!, (character) => BYTE_OF.get(character)!));
      return new TextDecoder().decode(Uint8Array.from(all));
    },
  };
}

function refuse(word: string): never {
  throw new InputError("the model's vocabulary cannot write a character of the text", {
    value: word,
    limit: "text without control characters",
    remedy: "Leave the character out.",
  });
}

/** Words that are remembered: short ones, so many of them. */
const LONGEST_KNOWN = 32;
const MOST_KNOWN = 50_000;

const ENDINGS = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"];

type Kind = "letter" | "number" | "white" | "other";

function kindOf(character: string): Kind {
  const codePoint = character.codePointAt(0)!;
  if (isLetter(codePoint)) return "letter";
  if (isNumber(codePoint)) return "number";
  return isWhite(codePoint) ? "white" : "other";
}

/**
 * Digits alone, then GPT-2's pattern within what lies between them:
 * 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
 */
function wordsOf(text: string): string[] {
  const characters = Array.from(text);
  const kinds = characters.map(kindOf);
  const words: string[] = [];
  let at = 0;
  const take = (end: number) => {
    words.push(characters.slice(at, end).join(""));
    at = end;
  };
  const runEnd = (from: number, kind: Kind) => {
    let end = from;
    while (kinds[end] === kind) end++;
    return end;
  };
  while (at < characters.length) {
    const kind = kinds[at]!;
    if (kind === "number") {
      take(at + 1);
      continue;
    }
    const ending = characters[at] === "'" ? ENDINGS.find((one) => one === characters.slice(at, at + one.length).join("")) : undefined; // prettier-ignore
    if (ending !== undefined) {
      take(at + ending.length);
      continue;
    }
    const following = kinds[at + 1];
    if (characters[at] === " " && (following === "letter" || following === "other")) {
      take(runEnd(at + 1, following));
      continue;
    }
    if (kind !== "white") {
      take(runEnd(at, kind));
      continue;
    }
    const end = runEnd(at, "white");
    // the last space before a word goes with the word; before a digit, which is cut off first, all stay together
    const alone = end === characters.length || kinds[end] === "number" || end === at + 1;
    take(alone ? end : end - 1);
  }
  return words;
}

function bytesAsCharacters(): string[] {
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => {
    const visible = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
    return String.fromCharCode(visible ? byte : next++);
  });
}
