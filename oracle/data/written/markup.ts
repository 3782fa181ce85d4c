/** A text taken out of a file, and the title that it gives itself. */
export interface Extracted {
  /** Empty where it gives itself none. */
  readonly title: string;
  readonly text: string;
}

/** What a heading of Markdown is cleared of. */
const MARKDOWN: readonly (readonly [RegExp, string])[] = [
  [/^---\n[\s\S]*?\n---\n/u, ""], // front matter
  [/<!--[\s\S]*?-->/gu, ""],
  [/^(?:```|~~~).*$/gmu, ""],
  [/!\[([^\]]*)\]\([^)]*\)/gu, "$1"],
  [/\[([^\]]+)\]\([^)]*\)/gu, "$1"],
  [/^#{1,6}[^\S\n]+(.*?)[^\S\n]*#*$/gmu, "$1"],
  [/^[^\S\n]*>[^\S\n]?/gmu, ""],
  [/^[^\S\n]*[-*+][^\S\n]+/gmu, "- "],
  [/^[^\S\n]*\|?(?:[^\S\n]*:?-{3,}:?[^\S\n]*\|)+[^\S\n]*:?-*:?[^\S\n]*$/gmu, ""], // the rule below a table's header
  [/(\*\*|__)(?=\S)(.*?\S)\1/gu, "$2"],
  [/`([^`]+)`/gu, "$1"],
];

/** The text of Markdown without its marks; the title is the first heading of the first level. */
export function markdownText(markdown: string): Extracted {
  const title = /^#[^\S\n]+(.*?)[^\S\n]*#*$/mu.exec(markdown)?.[1] ?? "";
  return { title, text: tidy(MARKDOWN.reduce((text, [mark, to]) => text.replace(mark, to), markdown)) };
}

/** Elements whose content is not read. */
const HIDDEN = /<(script|style|template|noscript|svg|head|nav|iframe)\b[^>]*>[\s\S]*?<\/\1\s*>/giu;
/** Elements that begin a paragraph, and those that begin a line. */
const PARAGRAPH =
  /<\/?(?:p|div|section|article|main|header|footer|h[1-6]|ul|ol|dl|table|blockquote|pre|figure)\b[^>]*>/giu;
const LINE = /<(?:br|hr)\b[^>]*>|<\/?(?:li|tr|dt|dd|caption)\b[^>]*>/giu;
const CELL = /<\/?t[dh]\b[^>]*>/giu;

/** The text of HTML, a paragraph for each block; the title is `<title>` or the first `<h1>`. */
export function htmlText(html: string): Extracted {
  const plain = html.replace(/<!--[\s\S]*?-->/gu, "");
  const named = /<title\b[^>]*>([\s\S]*?)<\/title\s*>/iu.exec(plain) ?? /<h1\b[^>]*>([\s\S]*?)<\/h1\s*>/iu.exec(plain);
  const body = plain
    .replace(HIDDEN, " ")
    .replace(/\s+/gu, " ")
    .replace(PARAGRAPH, "\n\n")
    .replace(LINE, "\n")
    .replace(CELL, " ");
  return {
    title: withoutTags(named?.[1] ?? "")
      .replace(/\s+/gu, " ")
      .trim(),
    text: tidy(withoutTags(body)),
  };
}

const ENTITIES: Readonly<Record<string, string>> = {
  ...{ amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: " ", ndash: "–", mdash: "—", hellip: "…" },
  ...{ lsquo: "‘", rsquo: "’", ldquo: "“", rdquo: "”", copy: "©", reg: "®", deg: "°", middot: "·", times: "×" },
};

function withoutTags(html: string): string {
  return html
    .replace(/<[^>]*>/gu, "")
    .replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,8}));/giu, (whole, ...found) => {
      const [decimal, hexadecimal, name] = found as (string | undefined)[];
      if (name !== undefined) return ENTITIES[name.toLowerCase()] ?? whole;
      const code = decimal === undefined ? Number.parseInt(hexadecimal!, 16) : Number(decimal);
      return code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff) ? String.fromCodePoint(code) : whole;
    });
}

/** No spaces at the ends of lines, no more than one blank line. */
export function tidy(text: string): string {
  return text
    .replace(/\r\n?/gu, "\n")
    .replace(/[^\S\n]+/gu, " ")
    .replace(/ ?\n ?/gu, "\n")
    .replace(/\n{3,}/gu, "\n\n")
    .trim();
}
