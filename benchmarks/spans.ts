/**
 * Verbatim spans in all answers of MedQuAD: how long the suffix array takes, how large the index is, and how long the spans of an answer take.
 * `npm run bench -- spans`.
 *
 * The answers that are looked up are made of pieces of eight others, as a generator that repeats what it has read would write them.
 */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";
import { z } from "zod";
import { readJsonlRows } from "../oracle/data/files/jsonl.ts";
import { createRowPolicy } from "../oracle/data/files/rows.ts";
import { createSpanIndex } from "../oracle/data/spans/spanIndex.ts";
import { suffixArray } from "../oracle/data/spans/suffixArray.ts";
import { randomStream } from "../oracle/numerics/random.ts";
import type { Benchmark } from "./report.ts";

const DATA = process.env["OPENLEDGER_DATA"] ?? resolve(import.meta.dirname, "../../shared/data");
const SEED = 7;
const ANSWERS = 200;
const PIECES = 8;
const PIECE_WORDS = 20;

const row = z.object({ answer: z.string() });

export const benchmark: Benchmark = {
  name: "spans",
  seed: SEED,
  *measure() {
    const file = join(DATA, "medquad", "medquad.jsonl.gz");
    if (!existsSync(file)) throw new Error(`no ${file}: set OPENLEDGER_DATA to the folder that holds medquad`);
    const answers = readJsonlRows(file, createRowPolicy(true), (value) => row.parse(value).answer);

    let used = processorSeconds();
    const index = createSpanIndex(answers.map((text, contribution) => ({ contribution, text })));
    yield { name: "words and characters", value: index.tokens, unit: "" };
    yield { name: "processor time of reading the words and sorting", value: processorSeconds() - used, unit: "s" };
    yield {
      ...{ name: "bytes a token", value: index.bytes / index.tokens, unit: "" },
      ...{ comparator: "<=", target: 8, peer: "infini-gram 7" },
    };

    const random = randomStream(SEED, 0);
    // as many values as the index has, whose repetitions are as long as words make them
    const sequence = Int32Array.from({ length: index.tokens }, () => Math.floor(60_000 ** random.uniform()));
    used = processorSeconds();
    suffixArray(sequence, 60_000);
    yield {
      ...{ name: "processor time of the suffix array alone", value: processorSeconds() - used, unit: "s" },
      ...{ comparator: "<=", target: 10 },
    };

    const asked = Array.from({ length: ANSWERS }, () =>
      Array.from({ length: PIECES }, () => {
        const words = answers[Math.floor(random.uniform() * answers.length)]!.split(" ");
        const from = Math.floor(random.uniform() * words.length);
        return words.slice(from, from + PIECE_WORDS).join(" ");
      }).join(" "),
    );
    index.spansOf(asked[0]!);
    used = processorSeconds();
    const spans = asked.reduce((sum, answer) => sum + index.spansOf(answer).length, 0);
    yield {
      ...{ name: "processor time of an answer", value: (1_000 * (processorSeconds() - used)) / ANSWERS, unit: "ms" },
      ...{ comparator: "<=", target: 2 },
    };
    yield { name: "spans of an answer", value: spans / ANSWERS, unit: "" };
  },
};

function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
