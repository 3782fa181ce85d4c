import { mix32 } from "../../data/duplicates/mix32.ts";
import { fnv1a, FNV_OFFSET_BASIS } from "../../data/fnv1a.ts";
import { searchTerms } from "../../data/written/searchTerms.ts";
import { log } from "../../numerics/elementary.ts";
import { type Encoder, toLengthOne } from "./encoder.ts";

/** Repetitions of a term count for less and less: two in a text count one and a third times as much as one. */
const SATURATION = 1;

/**
 * Scheme `hashed-terms/1`: the search terms of a text, each weighed by how few passages have it (Robertson and Spärck Jones), and by how few of the
 * contributed questions, so that "how" and "which" do not count for much; added with a sign at a place that a hash decides (Weinberger et al. 2009).
 * Needs no download and reads every script.
 *
 * @param passages the texts that terms are counted in
 * @param questions as well
 */
export function createHashedTerms(
  dimension: number,
  passages: readonly string[],
  questions: readonly string[],
): Encoder {
  const unheard = log(2 + 2 * passages.length);
  const [rarity, rarityAsked] = [rarityIn(passages), rarityIn(questions)];
  const weightOf = (term: string): number => Math.min(rarity(term), rarityAsked(term), unheard);
  return {
    dimension,
    encode(texts) {
      const rows = new Float32Array(texts.length * dimension);
      for (const [row, text] of texts.entries()) {
        const counts = new Map<string, number>();
        for (const term of searchTerms(text)) counts.set(term, (counts.get(term) ?? 0) + 1);
        for (const [term, count] of counts) {
          const hash = hashOf(term);
          const place = row * dimension + ((hash >>> 1) % dimension);
          const weight = (weightOf(term) * count * (1 + SATURATION)) / (count + SATURATION);
          rows[place] = rows[place]! + (hash & 1 ? weight : -weight);
        }
      }
      return toLengthOne(rows, dimension);
    },
  };
}

/** log(1 + (N - n + ½) / (n + ½)) for a term in n of N texts; what is in none is as rare as can be. */
function rarityIn(texts: readonly string[]): (term: string) => number {
  const holders = new Map<string, number>();
  for (const text of texts) {
    for (const term of new Set(searchTerms(text))) holders.set(term, (holders.get(term) ?? 0) + 1);
  }
  return (term) => {
    const count = holders.get(term);
    return count === undefined ? Infinity : log(1 + (texts.length - count + 0.5) / (count + 0.5));
  };
}

const encoder = new TextEncoder();

/** FNV-1a over UTF-8, finished as MurmurHash3 finishes: FNV's lowest bits alone mix badly. */
function hashOf(term: string): number {
  return mix32(fnv1a(FNV_OFFSET_BASIS, encoder.encode(term)));
}
