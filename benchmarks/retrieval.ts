/**
 * How often the right answer of MedQuAD is found, beside BM25:
 * `npm run bench -- retrieval [--base NAME] [--lessons N] [--questions N] [--windows N]`.
 *
 * All answers are searched, with `--windows` by so many passages of each at most. Questions about a fifth of the diseases, by a hash of their names,
 * are asked and never trained on; an answer is right if it is about the same disease and of the same type. Also in other words: a wording of our own
 * for each type, none of them in the training. A base has to be there: `npm run base`.
 */
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { thinned } from "../oracle/data/dataset.ts";
import { windowsOf } from "../oracle/data/written/windows.ts";
import { answersPlan } from "../oracle/jobs/answers/answersPlan.ts";
import { openEncoders } from "../oracle/jobs/answers/openEncoders.ts";
import { createBaseEncoders } from "../oracle/jobs/bases/baseEncoders.ts";
import { baseHash } from "../oracle/jobs/bases/baseList.ts";
import { createContentFiles } from "../oracle/jobs/contentFiles.ts";
import { encodeLibrary, openAnswerModel, trainAnswerModel } from "../oracle/model/answers/answerModel.ts";
import { projectedDimension } from "../oracle/model/answers/answersRecipe.ts";
import { untrained } from "../oracle/model/answers/projection.ts";
import type { Weights } from "../oracle/model/weights.ts";
import { createWasmKernels } from "../oracle/numerics/wasmKernels.ts";
import { STATE } from "./folders.ts";
import { type MedquadPair, medquadPairs, splitByDisease } from "./medquad.ts";
import { processorSeconds } from "./processorSeconds.ts";
import type { Benchmark, Row } from "./report.ts";
import { createBm25 } from "./retrieval/bm25.ts";
import { PARAPHRASES } from "./retrieval/paraphrases.ts";

const SEED = 7;
/** Hashed terms are overtaught by more. */
const EPOCHS = 4;
const EPOCHS_ON_BASE = 8;
/** Passages that are looked through for five different answers. */
const CONSIDERED = 16;
const TIMED = 200;

/** Answers to a question, the best first, each once: positions among all pairs. */
type Search = (questions: readonly string[]) => number[][];

export const benchmark: Benchmark = {
  name: "retrieval",
  seed: SEED,
  async *measure(options) {
    const { values } = parseArgs({
      args: [...options],
      options: {
        base: { type: "string" },
        lessons: { type: "string", default: "2000" },
        questions: { type: "string", default: "800" },
        windows: { type: "string", default: "1000" },
      },
    });
    const pairs = medquadPairs();
    const { train, test } = splitByDisease(pairs);
    const asked = thinned(test, Number(values.questions));
    const cut = (answer: string) => windowsOf(answer).slice(0, Number(values.windows));
    const lessons = thinned(train, Number(values.lessons)).map(({ question, answer }) => ({
      contribution: 0,
      question,
      passage: cut(answer).join("\n\n"),
    }));
    yield { name: "answers searched", value: pairs.length, unit: "" };
    yield { name: "questions about diseases never trained on", value: asked.length, unit: "" };

    const bm25 = createBm25(pairs.map(({ answer }) => answer));
    yield* figures("BM25", (questions) => questions.map((question) => bm25(question, 5)), pairs, asked);

    const owners = pairs.flatMap(({ answer }, p) => cut(answer).map((text) => ({ p, text })));
    const passages = owners.map(({ text }) => ({ contribution: 0, title: "", text, source: "MedQuAD" }));
    yield { name: "passages", value: passages.length, unit: "" };
    const library = { passages, lessons };
    const bases = createBaseEncoders(createContentFiles(join(STATE, "content"), []), join(STATE, "vectors"));
    const base = values.base === undefined ? undefined : baseHash(STATE, values.base);
    const chosen = base === undefined ? undefined : { base, dimension: (await bases.open(base)).dimension };
    const encoder = values.base ?? "hashed terms";
    const epochs = chosen === undefined ? EPOCHS : EPOCHS_ON_BASE;
    const recipe = { ...answersPlan({ seed: SEED, epochs }, chosen).recipe, considered: CONSIDERED };
    const used = processorSeconds();
    const parts = encodeLibrary(recipe, await openEncoders(recipe, library, bases), library);
    yield {
      name: `${encoder}: processor time to encode what was not known`,
      value: processorSeconds() - used,
      unit: "s",
    };

    const searchWith = (weights: Weights): Search => {
      const model = openAnswerModel(createWasmKernels, parts, weights);
      return (questions) =>
        model.find(questions).map((found) => [...new Set(found.map(({ passage }) => owners[passage]!.p))].slice(0, 5));
    };
    yield* figures(`${encoder}, untrained`, searchWith(untrained(projectedDimension(recipe))), pairs, asked);
    const untaught = processorSeconds();
    const trained = searchWith(trainAnswerModel(createWasmKernels, parts, library));
    yield { name: `${encoder}: processor time of the training`, value: processorSeconds() - untaught, unit: "s" };
    yield* figures(`${encoder}, ${lessons.length} lessons`, trained, pairs, asked, base !== undefined);
    yield* answerTimes(trained, asked, base !== undefined);
    yield { name: "memory at the end", value: process.memoryUsage().rss / 2 ** 20, unit: "MiB" };
  },
};

/** Answers to questions that were asked before, one at a time: a base remembers their vectors, hashed terms are counted again. */
function* answerTimes(search: Search, asked: readonly MedquadPair[], hasTarget: boolean): Generator<Row> {
  const some = asked.slice(0, TIMED);
  const used = processorSeconds();
  for (const { question } of some) search([question]);
  const name = "processor time of an answer, once its question is encoded";
  const value = (1_000 * (processorSeconds() - used)) / some.length;
  yield { name, value, unit: "ms", ...(hasTarget && { comparator: "<=" as const, target: 5 }) };
}

function* figures(
  name: string,
  search: Search,
  pairs: readonly MedquadPair[],
  asked: readonly MedquadPair[],
  hasTargets = false,
): Generator<Row> {
  const own = asked.map(({ question }) => question);
  const others = asked.map(({ focus, qtype }) => (PARAPHRASES[qtype] ?? "What about X?").replace("X", focus));
  for (const [wording, questions, targets] of [
    ["own wording", own, { 1: 0.55, 5: 0.8 }],
    ["paraphrased", others, { 1: 0.5, 5: 0.77 }],
  ] as const) {
    const found = search(questions);
    const right = (q: number, p: number) => pairs[p]!.focus === asked[q]!.focus && pairs[p]!.qtype === asked[q]!.qtype;
    for (const depth of [1, 5] as const) {
      const hits = found.filter((answers, q) => answers.slice(0, depth).some((p) => right(q, p))).length;
      const target = hasTargets ? { comparator: ">=" as const, target: targets[depth] } : {};
      yield { name: `${name}, ${wording}, R@${depth}`, value: hits / asked.length, unit: "", ...target };
    }
  }
}
