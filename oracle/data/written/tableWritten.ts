import { requireReadable } from "../checkedText.ts";
import { DataError, shown } from "../errors.ts";
import type { RowPolicy } from "../files/rows.ts";
import { goodRow } from "../files/rows.ts";
import type { Fields, Table } from "../files/table.ts";
import { metaOf } from "../files/tableExamples.ts";
import { documentExample, pairExample, type WrittenExample } from "./written.ts";

/** What columns of published data sets are called, the likeliest name first. */
const NAMES = {
  question: ["question", "query", "prompt", "instruction", "anchor", "questions"],
  passage: [
    ...["passage", "context", "positive", "pos", "document", "article", "answer", "response", "completion", "output"],
    ...["answers", "text"],
  ],
  text: ["text", "content", "document", "article", "body", "passage", "context", "markdown", "page_content"],
  title: ["title", "headline", "heading", "name"],
  language: ["language", "lang", "locale"],
  source: ["source", "url", "origin", "publisher", "dataset"],
} as const;

type Role = keyof typeof NAMES;

/** Where the parts of an example stand in a table. */
export interface WrittenColumns {
  readonly kind: WrittenExample["kind"];
  readonly columns: Readonly<Partial<Record<Role, string>>>;
}

/** Rows whose fields are looked at. */
const SAMPLE = 1_000;

/**
 * Which columns hold what, by the names that published data sets have: a question beside a passage (or context, answer, positive, …) makes pairs,
 * anything else with a text makes documents.
 *
 * @throws DataError `file-malformed`, with the columns' names, where there is no text
 */
export function chooseWrittenColumns(file: string, { rows }: Pick<Table, "rows">): WrittenColumns {
  const names = [...new Set(rows.slice(0, SAMPLE).flatMap(({ fields = {} }) => Object.keys(fields)))];
  const found = (role: Role): string | undefined =>
    NAMES[role].map((wanted) => names.find((name) => name.trim().toLowerCase() === wanted)).find((name) => name);
  const common = { language: found("language"), source: found("source") };
  const [question, passage, text] = [found("question"), found("passage"), found("text")];
  if (question !== undefined && passage !== undefined) {
    return { kind: "pair", columns: present({ question, passage, ...common }) };
  }
  // No good row at all: the rows say themselves what is wrong with them.
  if (text !== undefined || names.length === 0) {
    return { kind: "document", columns: present({ text, title: found("title"), ...common }) };
  }
  throw new DataError(
    {
      code: "file-malformed",
      value: `the columns are ${names.map((name) => shown(name)).join(", ")}`,
      limit: 'documents have a "text"; questions have a "question" and the "passage" that answers it',
      remedy: "rename the columns",
    },
    { file },
  );
}

/** Where a row says neither its language nor its source. */
export interface WrittenDefaults {
  readonly language: string;
  readonly source: string;
}

/** The documents or pairs of a table's rows. @throws DataError at the first bad row, unless the policy skips bad rows */
export function tableWritten(
  file: string,
  table: Table,
  { kind, columns }: WrittenColumns,
  defaults: WrittenDefaults,
  policy: RowPolicy,
): WrittenExample[] {
  return table.rows.flatMap(({ row, fields, problem }) => {
    const example = goodRow(policy, file, row, () => {
      if (problem !== undefined) throw problem;
      return kind === "pair" ? pairOf(fields, columns, defaults) : documentOf(fields, columns, defaults);
    });
    return example === undefined ? [] : [example];
  });
}

function documentOf(fields: Fields, columns: WrittenColumns["columns"], defaults: WrittenDefaults): WrittenExample {
  const { title, text } = columns;
  const parts = { title: given(fields, title) ?? "", text: given(fields, text), ...origin(fields, columns, defaults) };
  const example = documentExample(parts, metaOf(fields, ...Object.values(columns)));
  requireReadable(example.text);
  return example;
}

function pairOf(fields: Fields, columns: WrittenColumns["columns"], defaults: WrittenDefaults): WrittenExample {
  const { question, passage } = columns;
  const parts = { question: given(fields, question), passage: given(fields, passage) };
  const example = pairExample(
    { ...parts, ...origin(fields, columns, defaults) },
    metaOf(fields, ...Object.values(columns)),
  );
  requireReadable(example.question);
  requireReadable(example.passage);
  return example;
}

function origin(fields: Fields, { language, source }: WrittenColumns["columns"], defaults: WrittenDefaults) {
  return {
    language: given(fields, language) ?? defaults.language,
    source: given(fields, source) ?? defaults.source,
  };
}

/** A field's value; of a list, or of `{"text": [...]}` as SQuAD writes answers, the first. */
function given(fields: Fields, name: string | undefined): unknown {
  const value = name === undefined ? undefined : fields[name];
  if (value === null || value === undefined || value === "") return undefined;
  if (Array.isArray(value)) return value[0];
  const inner = typeof value === "object" ? (value as Record<string, unknown>)["text"] : undefined;
  return Array.isArray(inner) ? inner[0] : value;
}

function present(columns: Readonly<Record<string, string | undefined>>): WrittenColumns["columns"] {
  return Object.fromEntries(Object.entries(columns).filter(([, name]) => name !== undefined));
}
