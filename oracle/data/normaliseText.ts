/**
 * Inclusive code-point ranges that separate words. The table is fixed here, rather than taken from `\p{…}` classes, so
 * that a newer Unicode version in the engine cannot move a word boundary.
 */
const SEPARATORS: readonly (readonly [number, number])[] = [
  [0x0000, 0x002f], // controls, space, ASCII punctuation before the digits
  [0x003a, 0x0060], // between the digits and the small letters (capitals are lowered before)
  [0x007b, 0x00bf], // after the small letters, C1 controls, Latin-1 punctuation
  [0x00d7, 0x00d7], // ×
  [0x00f7, 0x00f7], // ÷
  [0x2000, 0x206f], // general punctuation
  [0x20a0, 0x20cf], // currency
  [0x2190, 0x2bff], // arrows, operators, boxes, dingbats
  [0x3000, 0x303f], // CJK punctuation
  [0xd800, 0xdfff], // lone surrogates
  [0xfffd, 0xfffd], // replacement character
];

/**
 * Characters that are deleted instead of separating: apostrophes ("don't" is "dont"), and invisible characters, which
 * would otherwise make a copy look like a new text.
 */
const DELETED =
  /['\u2018\u2019\u02bc\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]/g;

const SEPARATOR_RUN = new RegExp(
  `[${SEPARATORS.map(([from, to]) => `\\u{${from.toString(16)}}-\\u{${to.toString(16)}}`).join("")}]+`,
  "gu",
);

/**
 * The text as features and duplicate detection see it: its words in lower case, one space between them.
 *
 * Steps: NFKC, lower case, apostrophes and invisible characters deleted, runs of separators
 * to one space, trimmed, NFKC. Idempotent.
 *
 * NFKC and lower case come from the engine's Unicode tables. By Unicode's stability policy they never change for a
 * character once assigned, so engines differ only on characters newer than the older one's tables (Node 22.23: Unicode 17).
 */
export function normaliseText(text: string): string {
  let current = normaliseOnce(text);
  // A deletion may bring a letter and an accent together: repeat until nothing moves (almost always the first check).
  for (;;) {
    const next = normaliseOnce(current);
    if (next === current) return current;
    current = next;
  }
}

function normaliseOnce(text: string): string {
  return text.normalize("NFKC").toLowerCase().replace(DELETED, "").replace(SEPARATOR_RUN, " ").trim().normalize("NFKC");
}
