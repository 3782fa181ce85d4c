import { ContentError } from "../common/errors.ts";
import type { ContentFiles } from "./contentFiles.ts";
import type { SignedStatement } from "../settlement/statements.ts";
import { parseRecord, parseStatement, type ReceiptRecord } from "./receiptFiles.ts";

/** Where in its file a record stands. */
export interface RecordPlace {
  /** Of the lines that are not empty, from 1. */
  readonly line: number;
  /** Its first byte, and the one after its last. */
  readonly from: number;
  readonly to: number;
}

/** A file of receipts whose records are read one by one: together they take many times its bytes. */
export interface ReceiptLines {
  /** What the payers of channels have confirmed: the lines before the records. */
  readonly statements: readonly SignedStatement[];
  /** @throws ContentError with the line, for a line that is no record */
  records(): Generator<{ readonly record: ReceiptRecord; readonly place: RecordPlace }>;
  /** The record at a place that {@link records} has given. */
  at(place: RecordPlace): ReceiptRecord;
}

const LINE_BREAK = 0x0a;

/** Fetches the receipts of a model and epoch. @throws ContentError for what is no file's name */
export async function openReceipts(content: Pick<ContentFiles, "get">, uri: string): Promise<ReceiptLines> {
  const bytes = await content.get(uri);
  const text = ({ from, to }: Pick<RecordPlace, "from" | "to">) => textOf(bytes.subarray(from, to), from === 0, uri);
  function* lines(): Generator<{ readonly json: string; readonly place: RecordPlace }> {
    let line = 0;
    for (let from = 0, to = 0; from < bytes.length; from = to + 1) {
      const end = bytes.indexOf(LINE_BREAK, from);
      to = end < 0 ? bytes.length : end;
      const json = text({ from, to });
      if (json === "") continue;
      line++;
      yield { json, place: { line, from, to } };
    }
  }
  const statements: SignedStatement[] = [];
  for (const { json } of lines()) {
    const statement = parseStatement(json);
    if (statement === undefined) break;
    statements.push(statement);
  }
  return {
    statements,
    *records() {
      for (const { json, place } of lines()) {
        if (place.line > statements.length) yield { record: parseRecord(json, place.line, uri), place };
      }
    },
    at: (place) => parseRecord(text(place), place.line, uri),
  };
}

/** All records of a file, for those that hold a provider's own, or a few. @throws ContentError */
export async function getReceipts(content: Pick<ContentFiles, "get">, uri: string): Promise<ReceiptRecord[]> {
  const lines = await openReceipts(content, uri);
  return Array.from(lines.records(), ({ record }) => record);
}

/** A mark of byte order stands for nothing at the beginning of a text, and nowhere else. */
const beginning = new TextDecoder("utf-8", { fatal: true });
const afterwards = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function textOf(line: Uint8Array, isFirst: boolean, uri: string): string {
  try {
    return (isFirst ? beginning : afterwards).decode(line);
  } catch (error) {
    throw new ContentError("a receipts file is no UTF-8", { value: uri, cause: error });
  }
}
