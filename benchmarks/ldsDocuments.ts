/**
 * Whether what documents are said to have done for a generator's answers is what retraining its adapter shows:
 * `npm run bench -- ldsDocuments [--base NAME] [--documents N] [--halves N] [--tokens N] [--epochs N] [--rate N]`.
 *
 * Linear datamodeling score (Park et al. 2023): documents are answers of MedQuAD about one disease each, queries other questions about the same diseases.
 * The adapter is trained anew on halves of the documents, in complementary pairs; for each query the log-likelihoods of its answer are compared by rank with
 * the sums of the scores of the documents in the half. A base has to be there: `npx openledger base add smollm2`. Stopped, it goes on at the half where it was.
 */
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { adapterFeatures, adapterOperator } from "../oracle/attribution/chat/adapterIndex.ts";
import { defaultChatScheme } from "../oracle/attribution/chat/chatScheme.ts";
import { spearman } from "../oracle/attribution/evaluate/statistics.ts";
import { thinned } from "../oracle/data/dataset.ts";
import { pairExample } from "../oracle/data/written/written.ts";
import { baseHash } from "../oracle/jobs/bases/baseList.ts";
import { chatPlan } from "../oracle/jobs/chat/chatPlan.ts";
import { gradientOf } from "../oracle/jobs/chat/chatTask.ts";
import { openWriter } from "../oracle/jobs/chat/openWriter.ts";
import { createContentFiles } from "../oracle/jobs/contentFiles.ts";
import { type Lesson, lessonsOf, type ReadLesson, readLesson } from "../oracle/model/chat/lessons.ts";
import { trainAdapter } from "../oracle/model/chat/trainAdapter.ts";
import { permutation, randomStream } from "../oracle/numerics/random.ts";
import { createWasmKernels } from "../oracle/numerics/wasmKernels.ts";
import { STATE } from "./folders.ts";
import { keptFigures } from "./language/keptFigures.ts";
import { type MedquadPair, medquadPairs } from "./medquad.ts";
import type { Benchmark, Row } from "./report.ts";
import { createBm25 } from "./retrieval/bm25.ts";

const SEED = 7;

export const benchmark: Benchmark = {
  name: "ldsDocuments",
  seed: SEED,
  async *measure(options) {
    const { values } = parseArgs({
      args: [...options],
      options: {
        base: { type: "string", default: "smollm2" },
        documents: { type: "string", default: "16" },
        halves: { type: "string", default: "20" },
        tokens: { type: "string", default: "96" },
        epochs: { type: "string", default: "6" },
        rate: { type: "string", default: "0.01" },
      },
    });
    const { taught, asked } = pairsOfDiseases(medquadPairs(), Number(values.documents));
    const content = createContentFiles(join(STATE, "content"), []);
    const planned = chatPlan({ seed: SEED, epochs: Number(values.epochs) }, baseHash(STATE, values.base), 2_048).recipe;
    const recipe = { ...planned, learningRate: Number(values.rate) };
    const writer = await openWriter(content, recipe);
    const gradient = gradientOf(writer, recipe);
    const { hidden } = writer.decoder.shape;
    const shortened = ({ question, answer }: MedquadPair): Lesson => {
      const [lesson] = lessonsOf(writer.pairs, recipe.length, pairExample({ question, passage: answer, language: "en", source: "MedQuAD" })); // prettier-ignore
      return { ...lesson!, tokens: lesson!.tokens.slice(0, lesson!.from + Number(values.tokens)) };
    };
    const [teaching, asking] = [taught.map(shortened), asked.map(shortened)];
    const [documents, queries] = [teaching, asking].map((lessons) => lessons.map((lesson) => readLesson(writer.decoder, lesson))) as [ReadLesson[], ReadLesson[]]; // prettier-ignore
    const train = (chosen: readonly number[]) =>
      trainAdapter(createWasmKernels, recipe, hidden, chosen.map((d) => documents[d]!), gradient); // prettier-ignore
    yield { name: "documents", value: documents.length, unit: "" };

    const whole = train([...documents.keys()]);
    const ofLikelihood = (lesson: ReadLesson) => gradient(whole, lesson).gradient.map((value) => -value);
    const [taughtBy, askedFor] = [documents.map(ofLikelihood), queries.map(ofLikelihood)];
    const contributions = documents.length;
    const operator = adapterOperator(defaultChatScheme(), {
      ...{ gradients: taughtBy, contributionOf: [...documents.keys()], contributions },
    });
    const ranked = createBm25(taught.map(({ answer }) => answer));
    const bm25 = asked.map(({ question, answer }) => ranked(`${question} ${answer}`, contributions));
    const scores = {
      "adapter-kernel/1": askedFor.map((query) => [...adapterFeatures(operator, query, contributions)]),
      "inner products of gradients": askedFor.map((query) => taughtBy.map((document) => dot(document, query))),
      "BM25, by rank": bm25.map((order) =>
        documents.map((_, d) => (order.includes(d) ? contributions - order.indexOf(d) : 0)),
      ),
    };

    const halves = halvesOf(contributions, Number(values.halves));
    const truth: (readonly number[])[] = [];
    for (const [h, half] of halves.entries()) {
      const of = { recipe, taught: half.map((d) => teaching[d]!), asked: asking };
      const likelihoods = keptFigures("ldsDocuments", of, () => {
        const weights = train(half);
        return queries.map((query) => -gradient(weights, query).loss);
      });
      truth.push(likelihoods);
      process.stderr.write(`half ${h + 1} of ${halves.length}\n`);
    }
    yield* figures(scores, halves, truth);
  },
};

/** As many diseases as wanted that are asked about twice: what is taught of each, and what is asked. */
function pairsOfDiseases(
  pairs: readonly MedquadPair[],
  count: number,
): { taught: readonly MedquadPair[]; asked: readonly MedquadPair[] } {
  const byFocus = new Map<string, MedquadPair[]>();
  for (const pair of pairs) byFocus.set(pair.focus, [...(byFocus.get(pair.focus) ?? []), pair]);
  const chosen = thinned([...byFocus.values()].filter((of) => of.length > 1), count); // prettier-ignore
  return { taught: chosen.map(([first]) => first!), asked: chosen.map(([, second]) => second!) };
}

/** Halves of the documents, each beside the rest of them. */
function halvesOf(documents: number, count: number): number[][] {
  return Array.from({ length: count / 2 }, (_, i) => {
    const order = [...permutation(randomStream(SEED, 2, i), documents)];
    return [order.slice(0, documents / 2), order.slice(documents / 2)].map((half) => half.sort((a, b) => a - b));
  }).flat();
}

function* figures(
  scores: Readonly<Record<string, readonly (readonly number[])[]>>,
  halves: readonly (readonly number[])[],
  truth: readonly (readonly number[])[],
): Generator<Row> {
  for (const [method, ofQueries] of Object.entries(scores)) {
    const perQuery = ofQueries.map((score, q) =>
      spearman(
        halves.map((half) => half.reduce((sum, d) => sum + score[d]!, 0)),
        truth.map((likelihoods) => likelihoods[q]!),
      ),
    );
    const value = perQuery.reduce((sum, one) => sum + one, 0) / perQuery.length;
    const target = method === "adapter-kernel/1" ? { comparator: ">=" as const, target: 0.6 } : {};
    yield { name: `LDS of ${method}`, value, unit: "", ...target };
  }
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}
