import type { LabelledRows } from "./rows.ts";
import { NO_LABEL } from "./rows.ts";

/** Sequences cut from documents, and the document of each. */
export interface DocumentRows {
  readonly rows: LabelledRows;
  readonly documentOfRow: Int32Array;
}

/**
 * Cuts documents into sequences of `length` tokens, one after the other; a position's label is the token that follows it in its document. The
 * last sequence of a document is filled up with token 0 and {@link NO_LABEL}. A document of one token gives none.
 */
export function sequencesOf(documents: readonly Int32Array[], length: number): DocumentRows {
  const documentOfRow = documents.flatMap((document, index) =>
    Array.from({ length: Math.ceil(Math.max(0, document.length - 1) / length) }, () => index),
  );
  const ids = new Int32Array(documentOfRow.length * length);
  const labels = new Int32Array(documentOfRow.length * length).fill(NO_LABEL);
  let row = 0;
  for (const document of documents) {
    for (let first = 0; first < document.length - 1; first += length) {
      const last = Math.min(first + length, document.length - 1);
      ids.set(document.subarray(first, last), row * length);
      labels.set(document.subarray(first + 1, last + 1), row * length);
      row++;
    }
  }
  return { rows: { inputs: { kind: "tokens", ids, length }, labels }, documentOfRow: Int32Array.from(documentOfRow) };
}

/**
 * The last token of a text as one row: its context of at most `length` tokens, and a label at the position before it alone.
 * @throws RangeError for fewer than two tokens
 */
export function lastTokenRow(tokens: Int32Array, length: number): LabelledRows {
  if (tokens.length < 2) throw new RangeError(`${tokens.length} tokens: a token and what comes before it are needed`);
  const context = tokens.subarray(Math.max(0, tokens.length - 1 - length), tokens.length - 1);
  const ids = new Int32Array(length);
  ids.set(context);
  const labels = new Int32Array(length).fill(NO_LABEL);
  labels[context.length - 1] = tokens.at(-1)!;
  return { inputs: { kind: "tokens", ids, length }, labels };
}
