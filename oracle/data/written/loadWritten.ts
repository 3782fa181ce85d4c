import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, extname, join, relative, resolve, sep } from "node:path";
import { MAX_LABEL_LENGTH, requireReadable } from "../checkedText.ts";
import { DataError } from "../errors.ts";
import { readBytes, textBytes } from "../files/bytes.ts";
import type { BadRow, RowPolicy } from "../files/rows.ts";
import { createRowPolicy, goodRow } from "../files/rows.ts";
import { TABLE_ENDINGS, tableOf } from "../files/tableOf.ts";
import { isHidden } from "../files/textFolder.ts";
import { type Extracted, htmlText, markdownText } from "./markup.ts";
import { pdfText } from "./pdfText.ts";
import { chooseWrittenColumns, tableWritten } from "./tableWritten.ts";
import { documentExample, MAX_TITLE_LENGTH, type WrittenExample } from "./written.ts";

export interface LoadWrittenOptions {
  /** Leave bad rows and files out and list them, instead of stopping at the first. Default false. */
  readonly skipBad?: boolean;
  /** Language of rows and files that do not say theirs. Default `und`: nobody knows. */
  readonly language?: string;
}

/** The documents and pairs of a file or folder. */
export interface LoadedWritten {
  readonly examples: WrittenExample[];
  readonly badRows: BadRow[];
  /** For people: what was read. */
  readonly format: string;
}

/** How the text is taken out of a file of text, by its ending. */
const TEXT_READERS: Readonly<Record<string, (text: string) => Extracted>> = {
  ".txt": (text) => ({ title: "", text: text.trim() }),
  ".md": markdownText,
  ".markdown": markdownText,
  ".html": htmlText,
  ".htm": htmlText,
};
const PDF = ".pdf";
const ENDINGS = [...TABLE_ENDINGS, ...Object.keys(TEXT_READERS), PDF];

/**
 * Documents and pairs as a contributor hands them in: a table (`.jsonl`, `.json`, `.csv`, `.tsv`, `.parquet`) with the columns of published data
 * sets; a text, Markdown, HTML or PDF file, which is one document; or a folder of such files, whatever its depth.
 *
 * @throws DataError `option-invalid` for another ending, `file-empty` where nothing could be read, the readers' errors
 */
export async function loadWritten(path: string, options: LoadWrittenOptions = {}): Promise<LoadedWritten> {
  const policy = createRowPolicy(options.skipBad ?? false);
  const language = options.language ?? "und";
  const defaultsIn = (dir: string, file: string) => ({ language, source: sourceName(collectionOf(dir, file)) });
  const folder = existsSync(path) && statSync(path).isDirectory();
  const examples: WrittenExample[] = [];
  for (const file of folder ? filesUnder(path) : []) {
    examples.push(...(await orListed(file, policy, readOne(file, defaultsIn(path, file), policy))));
  }
  if (!folder) examples.push(...(await readOne(path, { language, source: sourceName(basename(path)) }, policy)));
  if (examples.length > 0) {
    return { examples, badRows: policy.bad, format: folder ? "a folder of documents" : kindsOf(examples) };
  }
  const first = policy.bad[0];
  throw new DataError(
    {
      code: "file-empty",
      value: first === undefined ? "there is nothing to read" : `nothing could be read; the first: ${first.message}`,
      limit: "at least one document or question",
      remedy: "put some in, or leave it out",
    },
    { file: path },
  );
}

async function readOne(
  file: string,
  defaults: { readonly language: string; readonly source: string },
  policy: RowPolicy,
): Promise<WrittenExample[]> {
  const ending = extname(basename(file.toLowerCase(), ".gz"));
  if (!ENDINGS.includes(ending)) {
    throw new DataError(
      {
        code: "option-invalid",
        value: `the ending "${ending}"`,
        limit: `files of documents end in ${ENDINGS.join(", ")}`,
        remedy: "convert it, or take it out",
      },
      { file },
    );
  }
  const bytes = readBytes(file);
  if (TABLE_ENDINGS.includes(ending)) {
    const table = tableOf(file, ending, bytes);
    return tableWritten(file, table, chooseWrittenColumns(file, table), defaults, policy);
  }
  const pdf = ending === PDF ? await pdfText(file, bytes, policy) : undefined;
  const example = goodRow(policy, file, 1, () => {
    const { title, text } = pdf ?? textOf(file, ending, bytes);
    const named = title === "" ? withoutEnding(file, ending) : title;
    const document = documentExample({ title: shortened(named, MAX_TITLE_LENGTH), text, ...defaults });
    requireReadable(document.text);
    return document;
  });
  return example === undefined ? [] : [example];
}

function textOf(file: string, ending: string, bytes: Buffer): Extracted {
  return TEXT_READERS[ending]!(textBytes(file, bytes, ending.startsWith(".htm")).toString("utf8"));
}

/** @param ending in lower case, however the file writes it */
function withoutEnding(file: string, ending: string): string {
  return basename(file).replace(/\.gz$/iu, "").slice(0, -ending.length);
}

/** Every visible file of a folder and of those in it, by its path: the same order everywhere. */
function filesUnder(dir: string): string[] {
  return readdirSync(dir, { recursive: true, encoding: "utf8" })
    .filter((path) => !path.split(sep).some(isHidden))
    .map((path) => join(dir, path))
    .filter((file) => statSync(file).isFile())
    .sort();
}

/** A file that cannot be read at all is one bad row. */
async function orListed(file: string, policy: RowPolicy, read: Promise<WrittenExample[]>): Promise<WrittenExample[]> {
  try {
    return await read;
  } catch (error) {
    if (!(error instanceof DataError) || !policy.skipBad) throw error;
    policy.bad.push({ file, row: 1, message: error.message });
    return [];
  }
}

/** The folder within a folder that a file lies in, or the folder itself. */
function collectionOf(dir: string, file: string): string {
  const [first, ...rest] = relative(dir, file).split(sep);
  return rest.length > 0 ? first! : basename(resolve(dir));
}

function sourceName(name: string): string {
  return shortened(name, MAX_LABEL_LENGTH);
}

/** Without half of a surrogate pair at the cut. */
function shortened(text: string, length: number): string {
  return text.slice(0, length).replace(/\p{Surrogate}/gu, "");
}

function kindsOf(examples: readonly WrittenExample[]): string {
  return examples[0]!.kind === "pair" ? "questions with the passages that answer them" : "documents";
}
