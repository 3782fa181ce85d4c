/**
 * Bits per character that a generator needs for answers of MedQuAD, before and after its adapter is trained:
 * `npm run bench -- chat [--base NAME] [--lessons N] [--epochs N] [--questions N] [--length N] [--rate N]`.
 *
 * Lessons are questions and answers about four fifths of the diseases, by a hash of their names; what is measured are the first tokens of answers about the
 * others, after their questions. A base has to be there: `npx openledger base add smollm2`.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { thinned } from "../oracle/data/dataset.ts";
import { pairExample } from "../oracle/data/written/written.ts";
import { baseHash } from "../oracle/jobs/bases/baseList.ts";
import { chatPlan } from "../oracle/jobs/chat/chatPlan.ts";
import { gradientOf } from "../oracle/jobs/chat/chatTask.ts";
import { openWriter, type Writer } from "../oracle/jobs/chat/openWriter.ts";
import { createContentFiles } from "../oracle/jobs/contentFiles.ts";
import { freshAdapter } from "../oracle/model/chat/headAdapter.ts";
import { type Lesson, lessonsOf, readLesson } from "../oracle/model/chat/lessons.ts";
import { trainAdapter } from "../oracle/model/chat/trainAdapter.ts";
import type { Weights } from "../oracle/model/weights.ts";
import { createWasmKernels } from "../oracle/numerics/wasmKernels.ts";
import { STATE } from "./folders.ts";
import { type MedquadPair, medquadPairs, splitByDisease } from "./medquad.ts";
import { processorSeconds } from "./processorSeconds.ts";
import type { Benchmark, Row } from "./report.ts";

const SEED = 7;
/** Tokens of an answer that are measured. */
const MEASURED = 160;

export const benchmark: Benchmark = {
  name: "chat",
  seed: SEED,
  async *measure(options) {
    const { values } = parseArgs({
      args: [...options],
      options: {
        base: { type: "string", default: "smollm2" },
        lessons: { type: "string", default: "120" },
        epochs: { type: "string", default: "3" },
        questions: { type: "string", default: "24" },
        length: { type: "string", default: "256" },
        rate: { type: "string", default: "0.003" },
      },
    });
    const { train, test } = splitByDisease(medquadPairs());
    const content = createContentFiles(join(STATE, "content"), []);
    const planned = chatPlan({ seed: SEED, epochs: Number(values.epochs) }, baseHash(STATE, values.base), 2_048).recipe;
    const recipe = { ...planned, length: Number(values.length), learningRate: Number(values.rate) };
    const writer = await openWriter(content, recipe);
    const pieceOf = ({ question, answer }: MedquadPair): Lesson[] =>
      lessonsOf(writer.pairs, recipe.length, pairExample({ question, passage: answer, language: "en", source: "MedQuAD" })).slice(0, 1); // prettier-ignore
    const measured = thinned(test, Number(values.questions)).flatMap(pieceOf).map(({ tokens, from }) => ({ tokens: tokens.slice(0, from + MEASURED), from })); // prettier-ignore
    const lessons = thinned(train, Number(values.lessons)).flatMap(pieceOf);

    const gradient = gradientOf(writer, recipe);
    const asked = measured.map((lesson) => ({ lesson, read: readLesson(writer.decoder, lesson) }));
    const bits = (weights: Weights) => {
      const loss = asked.reduce((sum, { read }) => sum + gradient(weights, read).loss, 0);
      return loss / Math.LN2 / characters(writer, measured);
    };
    const { hidden } = writer.decoder.shape;
    yield { name: "answers measured", value: measured.length, unit: "" };
    yield { name: "bits per character, untrained", value: bits(freshAdapter(recipe, hidden)), unit: "" };
    const used = processorSeconds();
    const read = lessons.map((lesson) => readLesson(writer.decoder, lesson));
    yield { name: "lessons", value: lessons.length, unit: "" };
    yield { name: "tokens learned", value: read.reduce((sum, { tokens }) => sum + tokens.length, 0), unit: "" };
    yield { name: "processor time to read the lessons", value: processorSeconds() - used, unit: "s" };
    const trained = trainAdapter(createWasmKernels, recipe, hidden, read, gradient);
    yield { name: "processor time with the training", value: processorSeconds() - used, unit: "s" };
    yield {
      ...{ name: "bits per character, trained", value: bits(trained), unit: "" },
      ...{ comparator: "<=", target: 0.75 },
    } satisfies Row;
  },
};

/** Of the learned tokens. */
function characters({ pairs }: Writer, lessons: readonly Lesson[]): number {
  return lessons.reduce((sum, { tokens, from }) => sum + pairs.decode(tokens.slice(from)).length, 0);
}
