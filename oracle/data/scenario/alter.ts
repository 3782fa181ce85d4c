import type { RandomStream } from "../../numerics/random.ts";
import type { Example, ImageExample, RowExample, TextExample } from "../example.ts";
import type { RowInput, RowValue } from "../tabular/rowInput.ts";

const OPENINGS = ["please", "hi,", "hello,", "so", "ok,", "hey there,", "quick question:"];
const CLOSINGS = ["please", "thanks", "thank you", "asap", "if possible", "right now"];
const SYNONYMS: ReadonlyMap<string, string> = new Map([
  ["want", "would like"],
  ["need", "require"],
  ["can", "could"],
  ["get", "receive"],
  ["help", "assist"],
  ["show", "give"],
  ["tell", "let"],
  ["big", "large"],
  ["start", "begin"],
  ["end", "finish"],
  ["shall", "must"],
  ["may", "can"],
  ["buy", "purchase"],
  ["my", "our"],
  ["i'm", "i am"],
  ["don't", "do not"],
  ["what's", "what is"],
]);

/** Largest change of a pixel in a near-duplicate image. */
const PIXEL_NOISE = 12;

/** A reworded or slightly changed example under the same label, as somebody makes who passes another's work off as new. */
export function nearDuplicate(example: Example, random: RandomStream): Example {
  if (example.kind === "row") return nudged(example, random);
  return example.kind === "text" ? reworded(example, random) : noisy(example, random);
}

const EDITS: readonly ((words: string[], random: RandomStream) => string[])[] = [
  (words, random) => [pick(OPENINGS, random), ...words],
  (words, random) => [...words, pick(CLOSINGS, random)],
  (words) => words.map((word) => SYNONYMS.get(word.toLowerCase()) ?? word),
  (words, random) => (words.length > 4 ? words.toSpliced(random.below(words.length), 1) : words),
  (words, random) => {
    const at = random.below(words.length);
    return words.with(at, mistyped(words[at]!, random));
  },
  (words) => words.map((word) => word.toLowerCase().replace(/[.,!?]$/, "")),
];

/** One to three edits: politeness, synonyms, a dropped word, a slip of the finger, case and punctuation. */
function reworded(example: TextExample, random: RandomStream): TextExample {
  let words = example.input.split(/\s+/).filter((word) => word !== "");
  for (let edits = 1 + random.below(3); edits > 0; edits--) words = pick(EDITS, random)(words, random);
  return { ...example, input: words.join(" ") };
}

/** One of the items; the list is not empty. */
export function pick<T>(items: readonly T[], random: RandomStream): T {
  return items[random.below(items.length)]!;
}

/** The word with two neighbouring characters exchanged. */
function mistyped(word: string, random: RandomStream): string {
  const letters = Array.from(word);
  if (letters.length < 3) return word;
  const at = random.below(letters.length - 1);
  return [...letters.slice(0, at), letters[at + 1], letters[at], ...letters.slice(at + 2)].join("");
}

function noisy(example: ImageExample, random: RandomStream): ImageExample {
  const pixels = example.input.pixels.map((value) => {
    const changed = value + random.below(2 * PIXEL_NOISE + 1) - PIXEL_NOISE;
    return Math.min(255, Math.max(0, changed));
  });
  return { ...example, input: { ...example.input, pixels } };
}

/** The same row with every number changed by at most a thousandth. */
function nudged(example: RowExample, random: RandomStream): RowExample {
  const change = () => 1 + (random.below(2_001) - 1_000) / 1_000_000;
  return {
    ...example,
    input: eachValue(example.input, (value) => (typeof value === "number" ? value * change() : value)),
  };
}

function eachValue(input: RowInput, change: (value: RowValue) => RowValue): RowInput {
  return Object.fromEntries(Object.entries(input).map(([name, value]) => [name, change(value)]));
}

/** An input of the same form as `like` without any meaning: 4 to 12 made-up words, random pixels, or random numbers and made-up categories. */
export function gibberish(like: Example, label: string, random: RandomStream): Example {
  if (like.kind === "image") {
    const pixels = like.input.pixels.map(() => random.below(256));
    return { kind: "image", input: { ...like.input, pixels }, label, meta: {} };
  }
  const word = () =>
    Array.from({ length: 2 + random.below(7) }, () => String.fromCharCode(97 + random.below(26))).join("");
  if (like.kind === "row") {
    const input = eachValue(like.input, (value) => (typeof value === "number" ? random.below(1_000_000) : word()));
    return { kind: "row", input, label, meta: {} };
  }
  const words = Array.from({ length: 4 + random.below(9) }, word);
  return { kind: "text", input: words.join(" "), label, meta: {} };
}
