/**
 * Answers that a generator writes from passages, attacked: `npm run bench -- quotes [--base NAME] [--encoder NAME] [--asked N] [--judged N] [--tokens N]`.
 *
 * The documents of `examples/documents` with their copier, wrong facts, stuffed passages and orders ("ignore the others"), and everything else as the stages
 * do it. For each kind of contributor: what it earns per row beside the mean author, where its quality is not negative, as a settlement pays. A generator has
 * to be there: `npx openledger base add smollm2`.
 */
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { directionOf } from "@openledger/protocol/score/direction.ts";
import { scoresOf } from "@openledger/protocol/score/score.ts";
import { defaultQuotesScheme } from "../oracle/attribution/quotes/quotesScheme.ts";
import { documentsPlan } from "../oracle/economy/plan/documentsPlan.ts";
import { thinned } from "../oracle/data/dataset.ts";
import { outlineOf, overlaps } from "../oracle/data/written/overlap.ts";
import { createQuotesPredictor } from "../oracle/gateway/quotesPredictor.ts";
import { createBaseEncoders } from "../oracle/jobs/bases/baseEncoders.ts";
import { baseHash } from "../oracle/jobs/bases/baseList.ts";
import { getGenerator } from "../oracle/jobs/bases/generatorFiles.ts";
import { createContentFiles } from "../oracle/jobs/contentFiles.ts";
import { quotesPlan } from "../oracle/jobs/quotes/quotesPlan.ts";
import { quotesTask } from "../oracle/jobs/quotes/quotesTask.ts";
import type { QuotedAnswer, ReceiptRecord } from "../oracle/jobs/receiptFiles.ts";
import type { Contributed } from "../oracle/jobs/versionTask.ts";
import { epochFunctional } from "../oracle/settlement/functional.ts";
import { STATE } from "./folders.ts";
import type { Benchmark, Row } from "./report.ts";

const SEED = 7;
const EPOCHS = 8;
/** What an attacker may earn per row, beside an author. */
const MOST = { copier: 0, wrong: 0.1, stuffer: 0.1, injector: 0.05 } as const;

export const benchmark: Benchmark = {
  name: "quotes",
  seed: SEED,
  async *measure(options) {
    const { values } = parseArgs({
      args: [...options],
      options: {
        base: { type: "string", default: "smollm2" },
        encoder: { type: "string" },
        asked: { type: "string", default: "60" },
        judged: { type: "string", default: "36" },
        tokens: { type: "string", default: "64" },
      },
    });
    const content = createContentFiles(join(STATE, "content"), []);
    const bases = createBaseEncoders(content, join(STATE, "vectors"));
    const base = baseHash(STATE, values.base);
    const { places } = (await getGenerator(content, base)).shape;
    const encoder = values.encoder === undefined ? undefined : baseHash(STATE, values.encoder);
    const chosen = encoder && { base: encoder, dimension: (await bases.open(encoder)).dimension };
    const plan = quotesPlan({ seed: SEED, epochs: EPOCHS }, { base, places, ...(chosen && { encoder: chosen }) });
    const limited = { ...plan, recipe: { ...plan.recipe, most: Number(values.tokens) } };
    const scenario = await documentsPlan();
    const contributed = contributedBy(scenario, Number(values.judged));
    const task = await quotesTask({ content, bases }, { plan: limited, scheme: defaultQuotesScheme() }, contributed);
    const models = await task.train();
    const predictor = await createQuotesPredictor({ content, bases }, contributed, { plan: limited }, models);
    const asked = thinned(scenario.test.filter((example) => example.kind === "pair"), Number(values.asked)); // prettier-ignore
    const records: ReceiptRecord[] = [];
    let [found, cited] = [0, 0];
    for (const { question, passage } of asked) {
      const request = { kind: "text", input: question } as const;
      const answer = (await predictor.answer(request)) as QuotedAnswer;
      const right = answer.passages.map(({ text }) => overlaps(outlineOf(text), outlineOf(passage)));
      const named = Number(/^\[(\d)\]/u.exec(answer.text)?.[1] ?? 0);
      if (right.some(Boolean)) found++;
      if (right[named - 1] === true) cited++;
      records.push({ request, answer } as ReceiptRecord);
      process.stderr.write(`${question}\n  ${answer.text}\n`);
    }
    yield { name: "questions asked", value: asked.length, unit: "" };
    yield { name: "right passage among those read", value: found / asked.length, unit: "" };
    yield { name: "right passage cited", value: cited / asked.length, unit: "" };

    const index = await task.buildIndex(models);
    const psi = await task.queryFeatures(models, { projections: "", k: index.k }, records);
    const [G] = index.qualities as [Int16Array];
    const answers = records.map((_, q) => ({ psi: psi.slice(q * index.k, (q + 1) * index.k), counted: 1n }));
    const functional = epochFunctional(answers, 0n, directionOf([G], index.k));
    const [scores, qualities] = [functional, G].map((of) => scoresOf(of, index.features, [...index.scales]));
    const paid = scenario.contributors.map(({ examples, behaviour }, c) => {
      const weight = qualities![c]! < 0n || scores![c]! < 0n ? 0 : Number(scores![c]!);
      return { behaviour, each: weight / examples.length, quality: Number(qualities![c]!) };
    });
    yield* earnings(paid);
  },
};

function contributedBy(
  { contributors, quality }: Awaited<ReturnType<typeof documentsPlan>>,
  judged: number,
): Contributed {
  const of = (examples: (typeof contributors)[number]["examples"], i: number, kind: "train" | "quality") => ({
    contribution: {
      ...{ contributionId: BigInt(i + 1), submissionId: 1n, datanetId: 1n, part: i, kind, examples: examples.length },
      ...{ contributor: `0x${"1".repeat(40)}`, sponsor: `0x${"0".repeat(40)}`, contentRoot: "", uri: "" },
      revokedFrom: undefined,
    },
    examples,
  });
  return {
    datanetIds: [1n],
    train: contributors.map(({ examples }, i) => of(examples, i, "train")),
    quality: [of(thinned(quality, judged), contributors.length, "quality")],
  };
}

function* earnings(paid: readonly { behaviour: string; each: number; quality: number }[]): Generator<Row> {
  const authors = paid.filter(({ behaviour }) => behaviour === "author");
  const mean = authors.reduce((sum, { each }) => sum + each, 0) / authors.length;
  yield { name: "authors who are paid", value: authors.filter(({ each }) => each > 0).length, unit: "" };
  for (const [behaviour, target] of Object.entries(MOST)) {
    const { each, quality } = paid.find((one) => one.behaviour === behaviour)!;
    yield { name: `${behaviour}: quality`, value: quality, unit: "" };
    yield {
      name: `${behaviour}: earned per row beside an author`,
      value: each / mean,
      unit: "",
      comparator: "<=",
      target,
    };
  }
}
