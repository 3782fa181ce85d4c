import { join } from "node:path";
import { z } from "zod";
import { splitByKey } from "../oracle/data/dataset.ts";
import { readJsonlRows } from "../oracle/data/files/jsonl.ts";
import { createRowPolicy } from "../oracle/data/files/rows.ts";
import { dataSet } from "./folders.ts";

/** A fifth of the diseases, in 256ths. */
const TEST_SHARE = 51;

const pair = z.object({ focus: z.string(), qtype: z.string(), question: z.string(), answer: z.string() });
/** A question about a disease, its type, and its answer. */
export type MedquadPair = z.output<typeof pair>;

/** All questions and answers of MedQuAD. Throws if the data set is not there. */
export function medquadPairs(): MedquadPair[] {
  const file = join(dataSet("medquad"), "medquad.jsonl.gz");
  return readJsonlRows(file, createRowPolicy(true), (value) => pair.parse(value));
}

/** About four fifths of the diseases, and about the others, by a hash of their names. */
export function splitByDisease(pairs: readonly MedquadPair[]) {
  return splitByKey(pairs, ({ focus }) => focus, TEST_SHARE);
}
