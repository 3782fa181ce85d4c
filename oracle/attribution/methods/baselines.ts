import { InputError } from "../../common/errors.ts";
import { randomStream } from "../../numerics/random.ts";
import type { AttributionMethod, TappedModel } from "./tappedModel.ts";

/** Standard normal scores: what a method that knows nothing gets. */
export function randomScores(seed: number): AttributionMethod {
  return {
    name: "random",
    elements: () => 0,
    scores({ outputs, rows }) {
      const random = randomStream(seed, 0);
      return Float32Array.from({ length: outputs * rows }, () => random.normal());
    },
  };
}

/** Saturation of a term's count, and how much long rows are discounted (Robertson and Zaragoza 2009, §3.5). */
const K1 = 1.2;
const B = 0.75;

/** Lexical methods need the tokens of a text model's bags. */
export class NoTokensError extends InputError {
  constructor() {
    super("BM25 compares tokens and this model reads dense rows: use it with a text model");
  }
}

/**
 * BM25 (Robertson and Zaragoza 2009) between the bags of an output's input and of a training row: no model at all, and on texts
 * better than many gradients. s = Σ_t idf(t) · f (k1 + 1) / (f + k1 (1 - b + b·length / mean length)), idf = log(1 + (N - n + ½) / (n + ½)),
 * over the tokens t of the query, f = occurrences in the row. Cost: Σ over query tokens of the rows that hold them.
 */
export const bm25: AttributionMethod = {
  name: "bm25",
  elements: () => 0,
  scores(model) {
    const { rows, outputs } = model;
    const documents = readBags(model, "training");
    const queries = readBags(model, "queries");
    const holders = new Map<number, number[]>();
    for (let row = 0; row < rows; row++) {
      for (let t = documents.offsets[row]!; t < documents.offsets[row + 1]!; t++) {
        const list = holders.get(documents.ids[t]!);
        if (list) list.push(t);
        else holders.set(documents.ids[t]!, [t]);
      }
    }
    const lengths = Float64Array.from({ length: rows }, (_, row) => documentLength(documents, row));
    const meanLength = lengths.reduce((sum, length) => sum + length, 0) / rows;
    const rowOf = new Int32Array(documents.ids.length);
    for (let row = 0; row < rows; row++) rowOf.fill(row, documents.offsets[row], documents.offsets[row + 1]);
    const scores = new Float32Array(outputs * rows);
    for (let q = 0; q < outputs; q++) {
      for (let t = queries.offsets[q]!; t < queries.offsets[q + 1]!; t++) {
        const entries = holders.get(queries.ids[t]!);
        if (entries === undefined) continue;
        const idf = Math.log(1 + (rows - entries.length + 0.5) / (entries.length + 0.5));
        for (const entry of entries) {
          const row = rowOf[entry]!;
          const count = documents.weights[entry]! * lengths[row]!;
          const saturation = count + K1 * (1 - B + (B * lengths[row]!) / meanLength);
          scores[q * rows + row]! += (idf * count * (K1 + 1)) / saturation;
        }
      }
    }
    return scores;
  },
};

interface Bags {
  readonly offsets: Int32Array;
  readonly ids: Int32Array;
  readonly weights: Float32Array;
}

function readBags({ space, architecture, training, queries }: TappedModel, side: "training" | "queries"): Bags {
  if (architecture.layers[0]!.kind !== "embeddingBag") throw new NoTokensError();
  const taps = side === "training" ? training : queries;
  const offsets = space.integers(taps.bags.offsets, taps.rows + 1);
  const entries = offsets[taps.rows]!;
  return { offsets, ids: space.integers(taps.bags.ids, entries), weights: space.floats(taps.bags.weights, entries) };
}

/** Tokens of a row: the smallest share is that of a token that occurs once. Exact unless every token occurs several times. */
function documentLength({ offsets, weights }: Bags, row: number): number {
  let least = Infinity;
  for (let t = offsets[row]!; t < offsets[row + 1]!; t++) least = Math.min(least, weights[t]!);
  return Number.isFinite(least) ? Math.round(1 / least) : 0;
}
