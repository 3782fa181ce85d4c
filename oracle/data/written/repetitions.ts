import { mix32 } from "../duplicates/mix32.ts";
import { runsOf } from "./searchTerms.ts";

/** Characters of a shingle: few texts that were written apart share one by chance, and a slip of the finger costs only six. */
const SHINGLE = 6;
/** A passage of which an earlier document holds this share of the shingles is not new. */
export const REPEATED_SHARE = 0.7;
/** Earliest documents that are remembered for a shingle: bounds the work for phrases that everybody uses. */
const HOLDERS = 16;

/** Why a passage counts as a repetition. */
export interface Repetition {
  /** The document that held it first. */
  readonly original: number;
  /** Share of its shingles that are there. */
  readonly share: number;
}

export interface RepetitionIndex {
  /**
   * Compares a passage of a document with the documents before it. A repetition is not remembered. Documents come in ascending order, a
   * document's passages together; passages of one document do not repeat each other unless they are the same.
   */
  add(document: number, passage: string): Repetition | undefined;
}

/**
 * Finds passages that earlier documents hold, wherever they were cut: a window that lies across two windows of the original is found as well, and so
 * is a document within another. Earliest first, no randomness, so nobody can push out an earlier one by adding a later one.
 */
export function createRepetitionIndex(): RepetitionIndex {
  const holders = new Map<number, number[]>();
  const texts = new Map<string, number>();
  return {
    add(document, passage) {
      const text = runsOf(passage)
        .map((run) => run.text)
        .join(" ");
      const same = texts.get(text);
      if (same !== undefined) return { original: same, share: 1 };
      const shingles = shinglesOf(text);
      const shared = new Map<number, number>();
      for (const shingle of shingles) {
        for (const holder of holders.get(shingle) ?? []) {
          if (holder !== document) shared.set(holder, (shared.get(holder) ?? 0) + 1);
        }
      }
      const best = [...shared].reduce<readonly [number, number]>(
        (most, one) => (one[1] > most[1] ? one : most),
        [-1, 0],
      );
      const share = best[1] / shingles.size;
      if (share >= REPEATED_SHARE) return { original: best[0], share };
      texts.set(text, document);
      for (const shingle of shingles) {
        const known = holders.get(shingle);
        if (known === undefined) holders.set(shingle, [document]);
        else if (known.at(-1) !== document && known.length < HOLDERS) known.push(document);
      }
      return undefined;
    },
  };
}

function shinglesOf(text: string): Set<number> {
  const shingles = new Set<number>();
  for (let from = 0; from === 0 || from + SHINGLE <= text.length; from++) {
    let hash = 0;
    const to = Math.min(from + SHINGLE, text.length);
    for (let i = from; i < to; i++) hash = mix32(Math.imul(hash, 31) + text.charCodeAt(i));
    shingles.add(hash);
  }
  return shingles;
}
