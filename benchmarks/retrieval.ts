/**
 * How often the right answer of MedQuAD is found, beside BM25: `npm run bench -- retrieval [--lessons N] [--questions N]`.
 *
 * All answers are searched. Questions about a fifth of the diseases, by a hash of their names, are asked and never trained on; an answer is right if
 * it is about the same disease and of the same type. Also in other words: a wording of our own for each type, none of them in the training.
 */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { z } from "zod";
import { splitByKey, thinned } from "../oracle/data/dataset.ts";
import { readJsonlRows } from "../oracle/data/files/jsonl.ts";
import { createRowPolicy } from "../oracle/data/files/rows.ts";
import { windowsOf } from "../oracle/data/written/windows.ts";
import { answersPlan } from "../oracle/jobs/answers/answersPlan.ts";
import { openEncoder } from "../oracle/jobs/answers/openEncoder.ts";
import { encodeLibrary, openAnswerModel, trainAnswerModel } from "../oracle/model/answers/answerModel.ts";
import { untrained } from "../oracle/model/answers/projection.ts";
import { createWasmKernels } from "../oracle/numerics/wasmKernels.ts";
import type { Benchmark, Row } from "./report.ts";
import { createBm25 } from "./retrieval/bm25.ts";
import { PARAPHRASES } from "./retrieval/paraphrases.ts";

const DATA = process.env["OPENLEDGER_DATA"] ?? resolve(import.meta.dirname, "../../shared/data");
const SEED = 7;
const EPOCHS = 4;
/** A fifth of the diseases, in 256ths. */
const TEST_SHARE = 51;
/** Passages that are looked through for five different answers. */
const CONSIDERED = 16;

const pair = z.object({ focus: z.string(), qtype: z.string(), question: z.string(), answer: z.string() });
type Pair = z.output<typeof pair>;
/** Answers to a question, the best first, each once: positions among all pairs. */
type Search = (questions: readonly string[]) => number[][];

export const benchmark: Benchmark = {
  name: "retrieval",
  seed: SEED,
  async *measure(options) {
    const { values } = parseArgs({
      args: [...options],
      options: { lessons: { type: "string", default: "2000" }, questions: { type: "string", default: "800" } },
    });
    const file = join(DATA, "medquad", "medquad.jsonl.gz");
    if (!existsSync(file)) throw new Error(`no ${file}: set OPENLEDGER_DATA to the folder that holds medquad`);
    const pairs = readJsonlRows(file, createRowPolicy(true), (value) => pair.parse(value));
    const { train, test } = splitByKey(pairs, ({ focus }) => focus, TEST_SHARE);
    const asked = thinned(test, Number(values.questions));
    const lessons = thinned(train, Number(values.lessons)).map(({ question, answer }) => ({
      question,
      passage: answer,
    }));
    yield { name: "answers searched", value: pairs.length, unit: "" };
    yield { name: "questions about diseases never trained on", value: asked.length, unit: "" };

    const bm25 = createBm25(pairs.map(({ answer }) => answer));
    yield* figures("BM25", (questions) => questions.map((question) => bm25(question, 5)), pairs, asked);

    const owners = pairs.flatMap(({ answer }, p) => windowsOf(answer).map((text) => ({ p, text })));
    const passages = owners.map(({ text }) => ({ contribution: 0, title: "", text, source: "MedQuAD" }));
    yield { name: "passages", value: passages.length, unit: "" };
    const recipe = { ...answersPlan({ seed: SEED, epochs: EPOCHS }).recipe, considered: CONSIDERED };
    const before = process.cpuUsage();
    const library = { passages, lessons };
    const parts = encodeLibrary(recipe, openEncoder(recipe, library), library);
    const searchWith = (weights: ReturnType<typeof untrained>): Search => {
      const model = openAnswerModel(createWasmKernels, parts, weights);
      return (questions) =>
        model.find(questions).map((found) => [...new Set(found.map(({ passage }) => owners[passage]!.p))].slice(0, 5));
    };
    const plain = searchWith(untrained(parts.encoder.dimension));
    yield* figures("hashed terms, untrained", plain, pairs, asked);
    const trained = searchWith(trainAnswerModel(createWasmKernels, parts, library));
    yield* figures(`hashed terms, ${lessons.length} lessons`, trained, pairs, asked);
    const began = performance.now();
    trained(asked.slice(0, 50).map(({ question }) => question));
    yield { name: "an answer, with its question's encoding", value: (performance.now() - began) / 50, unit: "ms" };
    const { user, system } = process.cpuUsage(before);
    yield { name: "processor time of the answer models", value: (user + system) / 1e6, unit: "s" };
  },
};

function* figures(name: string, search: Search, pairs: readonly Pair[], asked: readonly Pair[]): Generator<Row> {
  const own = asked.map(({ question }) => question);
  const others = asked.map(({ focus, qtype }) => (PARAPHRASES[qtype] ?? "What about X?").replace("X", focus));
  for (const [wording, questions] of [
    ["own wording", own],
    ["paraphrased", others],
  ] as const) {
    const found = search(questions);
    const right = (q: number, p: number) => pairs[p]!.focus === asked[q]!.focus && pairs[p]!.qtype === asked[q]!.qtype;
    for (const depth of [1, 5]) {
      const hits = found.filter((answers, q) => answers.slice(0, depth).some((p) => right(q, p))).length;
      yield { name: `${name}, ${wording}, R@${depth}`, value: hits / asked.length, unit: "" };
    }
  }
}
