import type { LabelledRows } from "../model/rows.ts";
import type { DocumentRows } from "../model/sequences.ts";
import type { SequenceInfluence } from "./sequenceInfluence.ts";

/** Where one token that a model gave comes from. */
export interface TokenExplanation {
  /** Influence of every document, in their order: the sum over its sequences. */
  readonly documents: Float64Array;
  /** The training sequences of the greatest influence, greatest first, each with the influence of its positions. */
  readonly sequences: readonly {
    readonly row: number;
    readonly document: number;
    readonly influence: number;
    readonly positions: Float64Array;
  }[];
}

/**
 * Explains the token of a query by the documents that the model was trained on.
 *
 * @param query one row with a label at the token's position alone
 * @param documents count @param top sequences that are taken apart
 * @throws RowsError unless the query is one row
 */
export function explainToken(
  influence: SequenceInfluence,
  training: DocumentRows,
  documents: number,
  query: LabelledRows,
  top: number,
): TokenExplanation {
  const { documentOfRow } = training;
  const scores = influence.sequences(query);
  const chosen = [...documentOfRow.keys()].sort((a, b) => scores[b]! - scores[a]! || a - b).slice(0, top);
  const tokens = influence.tokens(query, chosen);
  const positions = tokens.length / chosen.length;
  return {
    documents: documentScores(scores, documentOfRow, documents),
    sequences: chosen.map((row, i) => ({
      row,
      document: documentOfRow[row]!,
      influence: scores[row]!,
      positions: tokens.slice(i * positions, (i + 1) * positions),
    })),
  };
}

/** Sums the scores of the sequences of each document. @param scores queries x sequences @returns queries x documents */
export function documentScores(scores: Float32Array, documentOfRow: Int32Array, documents: number): Float64Array {
  const rows = documentOfRow.length;
  const sums = new Float64Array((scores.length / rows) * documents);
  for (const [i, score] of scores.entries())
    sums[Math.floor(i / rows) * documents + documentOfRow[i % rows]!]! += score;
  return sums;
}
