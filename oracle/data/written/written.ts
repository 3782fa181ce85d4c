import { checkedText, MAX_LABEL_LENGTH, MAX_TEXT_LENGTH } from "../checkedText.ts";
import { DataError, shown } from "../errors.ts";
import type { ExampleMeta } from "../exampleMeta.ts";

/** Longest text of a document, in UTF-16 code units: a thick book. */
export const MAX_DOCUMENT_LENGTH = 1 << 20;
/** Longest title, in UTF-16 code units. */
export const MAX_TITLE_LENGTH = 512;

/** Something to read, from which questions are answered. */
export interface DocumentExample {
  readonly kind: "document";
  /** May be empty. */
  readonly title: string;
  readonly text: string;
  /** A language tag such as `en` or `zh-Hant`; `und` where nobody knows. */
  readonly language: string;
  /** Where it comes from: a publisher, a collection, a file. */
  readonly source: string;
  readonly meta: ExampleMeta;
}

/** A question, and the passage that answers it. */
export interface PairExample {
  readonly kind: "pair";
  readonly question: string;
  readonly passage: string;
  readonly language: string;
  readonly source: string;
  readonly meta: ExampleMeta;
}

/** An example without a label: what an answering model reads. */
export type WrittenExample = DocumentExample | PairExample;

/** A tag as in BCP 47, loosely: no list of languages is kept. */
const LANGUAGE = /^[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*$/u;
const MAX_LANGUAGE_LENGTH = 35;

/** @throws DataError `example-invalid` for a field that is missing, blank, too long or no well-formed Unicode */
export function documentExample(
  fields: { readonly title?: unknown; readonly text: unknown; readonly language: unknown; readonly source: unknown },
  meta: ExampleMeta = {},
): DocumentExample {
  const { title = "", text, language, source } = fields;
  return {
    kind: "document",
    title: title === "" ? "" : checkedText("title", title, MAX_TITLE_LENGTH),
    text: checkedText("text", text, MAX_DOCUMENT_LENGTH),
    language: checkedLanguage(language),
    source: checkedText("source", source, MAX_LABEL_LENGTH),
    meta,
  };
}

/** @throws DataError as {@link documentExample} */
export function pairExample(
  fields: {
    readonly question: unknown;
    readonly passage: unknown;
    readonly language: unknown;
    readonly source: unknown;
  },
  meta: ExampleMeta = {},
): PairExample {
  const { question, passage, language, source } = fields;
  return {
    kind: "pair",
    question: checkedText("question", question, MAX_TEXT_LENGTH),
    passage: checkedText("passage", passage, MAX_DOCUMENT_LENGTH),
    language: checkedLanguage(language),
    source: checkedText("source", source, MAX_LABEL_LENGTH),
    meta,
  };
}

/**
 * Canonical JSON (RFC 8785) of everything but `meta`, in UTF-8: keys in code-unit order, and JSON.stringify's string escapes are what
 * RFC 8785 prescribes.
 */
export function writtenBytes(example: WrittenExample): Uint8Array {
  const { kind, language, source } = example;
  return Buffer.from(
    JSON.stringify(
      kind === "document"
        ? { kind, language, source, text: example.text, title: example.title }
        : { kind, language, passage: example.passage, question: example.question, source },
    ),
  );
}

function checkedLanguage(value: unknown): string {
  if (typeof value === "string" && value.length <= MAX_LANGUAGE_LENGTH && LANGUAGE.test(value)) return value;
  throw new DataError({
    code: "example-invalid",
    value: `the language is ${shown(value)}`,
    limit: "a language is a tag such as en, zh-Hant or und",
    remedy: "correct it, or leave the column out",
  });
}
