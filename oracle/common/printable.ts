/**
 * What a terminal or a reader could take for something else than text: control characters and escape sequences, line ends,
 * characters that turn the direction of writing or take no room, halves of characters, and those that do not exist.
 */
const DECEPTIVE = /[\p{Cc}\p{Cf}\p{Cs}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;
const DECEPTIVE_BUT_LINE_ENDS = new RegExp(`(?!\\n)${DECEPTIVE.source}`, "gu");

const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** A stranger's text as it may be shown, in one line: what deceives is escaped as in a JSON string. */
export function printable(text: string): string {
  return text.replace(DECEPTIVE, escaped);
}

/** Text that this program has put together, in lines: what deceives in them is escaped. */
export function printableLines(text: string): string {
  return text.replace(DECEPTIVE_BUT_LINE_ENDS, escaped);
}

/** The same JSON document without characters that deceive. Between its strings there are no others than line ends. */
export function printableJson(json: string): string {
  return json.replace(DECEPTIVE_BUT_LINE_ENDS, jsonEscaped);
}

/** The same value with every string in it printable, however deep, for texts that are made of it. */
export function withPrintableStrings<T>(value: T): T {
  return convert(value) as T;
}

function convert(value: unknown): unknown {
  if (typeof value === "string") return printable(value);
  if (Array.isArray(value)) return value.map(convert);
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [convert(key), convert(item)]));
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [printable(key), convert(item)]));
}

function escaped(character: string): string {
  const code = character.codePointAt(0)!;
  return SHORT[character] ?? (code > 0xff_ff ? `\\u{${code.toString(16)}}` : unit(code));
}

function jsonEscaped(character: string): string {
  return [...Array(character.length).keys()].map((i) => unit(character.charCodeAt(i))).join("");
}

function unit(code: number): string {
  return `\\u${code.toString(16).padStart(4, "0")}`;
}
