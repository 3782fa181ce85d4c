import { DataError, shown } from "./errors.ts";

/** Marks of direction, spaces of no width and soft hyphens: nobody sees them, and a label that has one would be another label. */
const INVISIBLE = /[\u00ad\u034f\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]/gu;
const CONTROL = /\p{Cc}/u;
/** Small letters of Cyrillic and Greek that look like Latin ones, and those. */
const [FOREIGN, LATIN] = ["аеорсухіјѕԁԛԝһνοαρυικτχ", "aeopcyxijsdqwhvoapuiktx"].map((letters) =>
  Array.from(letters),
) as [string[], string[]];
const LOOKS = new Map(FOREIGN.map((letter, i) => [letter, LATIN[i]!]));

/**
 * A label as a file writes it, in the one form in which it is registered: composed (NFC), without invisible characters, with single spaces and none
 * around. Whole numbers and truth values are labels too.
 *
 * @throws DataError `example-invalid` for a number that has lost digits, and control characters
 */
export function labelOf(value: unknown): unknown {
  if (typeof value === "bigint" || typeof value === "boolean") return String(value);
  if (typeof value === "number") {
    if (Number.isSafeInteger(value) || (Number.isFinite(value) && !Number.isInteger(value))) return String(value);
    throw invalid(`the label is ${value}`, "a number keeps 15 digits", `write it in quotes`);
  }
  if (typeof value !== "string") return value;
  const label = value.normalize("NFC").replace(INVISIBLE, "").replace(/\s+/gu, " ").trim();
  if (!CONTROL.test(label)) return label;
  throw invalid(`the label is ${shown(label)}`, "a label has no control characters", "remove them");
}

/** Groups of labels that people would take for one: they differ in case, spaces, hyphens, or in letters that look alike. */
export function lookAlikes(labels: readonly string[]): string[][] {
  const groups = new Map<string, string[]>();
  for (const label of labels) {
    const looks = appearance(label);
    groups.set(looks, [...(groups.get(looks) ?? []), label]);
  }
  return [...groups.values()].filter((group) => group.length > 1);
}

function appearance(label: string): string {
  const folded = label.normalize("NFKC").replace(INVISIBLE, "").toLowerCase();
  const words = folded
    .replace(/[\u200c\u200d\ufe00-\ufe0f]/gu, "")
    .replace(/(?<=[\p{L}\p{N}])[\s_-]+(?=[\p{L}\p{N}])/gu, " ");
  return Array.from(words, (letter) => LOOKS.get(letter) ?? letter)
    .join("")
    .normalize("NFC");
}

function invalid(value: string, limit: string, remedy: string): DataError {
  return new DataError({ code: "example-invalid", value, limit, remedy });
}
