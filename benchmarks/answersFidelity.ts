/**
 * How well the scores of answers foretell what contributors are worth to them:
 * `npm run bench -- answersFidelity [--coalitions N] [--medquad N]`.
 *
 * Coalitions of contributors are retrained on their documents and questions alone, and searched again. First the handbook of `examples/documents` with
 * who copies, stuffs and misleads; then N answers of MedQuAD, two contributors for each of its publishers, who also contribute the questions about
 * four fifths of their diseases. Questions about the others are asked.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { z } from "zod";
import { documentsPlan } from "../oracle/economy/plan/documentsPlan.ts";
import type { AnyExample } from "../oracle/data/example.ts";
import { splitByKey, thinned } from "../oracle/data/dataset.ts";
import { readJsonlRows } from "../oracle/data/files/jsonl.ts";
import { createRowPolicy } from "../oracle/data/files/rows.ts";
import { documentExample, pairExample } from "../oracle/data/written/written.ts";
import { trainAnswers } from "../oracle/jobs/answers/publishAnswers.ts";
import { createBaseEncoders } from "../oracle/jobs/bases/baseEncoders.ts";
import { createContentFiles } from "../oracle/jobs/contentFiles.ts";
import type { Contributed } from "../oracle/jobs/versionTask.ts";
import type { Benchmark, Row } from "./report.ts";

const DATA = process.env["OPENLEDGER_DATA"] ?? resolve(import.meta.dirname, "../../shared/data");
const SEED = 7;
const EPOCHS = 4;
/** A fifth of the diseases, in 256ths. */
const TEST_SHARE = 51;

interface Scenario {
  readonly name: string;
  readonly contributors: readonly (readonly AnyExample[])[];
  readonly quality: readonly AnyExample[];
  readonly test: readonly AnyExample[];
}

export const benchmark: Benchmark = {
  name: "answersFidelity",
  seed: SEED,
  async *measure(options) {
    const { values } = parseArgs({
      args: [...options],
      options: { coalitions: { type: "string", default: "120" }, medquad: { type: "string", default: "1000" } },
    });
    for (const scenario of [await handbook(), medquad(Number(values.medquad))]) {
      yield* figures(scenario, Number(values.coalitions));
    }
  },
};

async function* figures(scenario: Scenario, coalitions: number): AsyncGenerator<Row> {
  const folder = mkdtempSync(join(tmpdir(), "openledger-fidelity-"));
  try {
    const content = createContentFiles(join(folder, "content"), []);
    const context = { content, bases: createBaseEncoders(content, join(folder, "vectors")) };
    const choice = { seed: SEED, members: 1, epochs: EPOCHS, parentVersionId: null };
    const test = scenario.test.filter((example) => example.kind === "pair");
    const certify = { coalitions, folder };
    const { certificate, accuracy } = await trainAnswers(context, [1n], contributedBy(scenario), choice, test, certify);
    const { study, certificateBps } = certificate!;
    const [uniform] = study.fidelity;
    const row = (what: string, value: number): Row => ({ name: `${scenario.name}: ${what}`, value, unit: "" });
    yield row("contributors", study.contributors.length);
    yield row("questions asked", test.length);
    yield row("answered right by the first passage", accuracy!);
    yield { ...row("fidelity, raw", uniform!.pearson.estimate), comparator: ">=", target: 0.9 };
    yield row("fidelity, by ranks", uniform!.spearman.estimate);
    yield row("ceiling of the truth", uniform!.ceiling);
    yield row("certificate, of 10,000", certificateBps);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function handbook(): Promise<Scenario> {
  const { contributors, quality, test } = await documentsPlan();
  return { name: "handbook", contributors: contributors.map(({ examples }) => examples), quality, test };
}

const pair = z.object({ source: z.string(), focus: z.string(), question: z.string(), answer: z.string() });

function medquad(limit: number): Scenario {
  const file = join(DATA, "medquad", "medquad.jsonl.gz");
  if (!existsSync(file)) throw new Error(`no ${file}: set OPENLEDGER_DATA to the folder that holds medquad`);
  const pairs = thinned(readJsonlRows(file, createRowPolicy(true), (value) => pair.parse(value)), limit); // prettier-ignore
  const { test } = splitByKey(pairs, ({ focus }) => focus, TEST_SHARE);
  const unseen = new Set(test);
  const contributors = new Map<string, AnyExample[]>();
  for (const one of pairs) {
    const { source, focus, question, answer } = one;
    const half = createHash("sha256").update(`half ${focus}`).digest()[0]! & 1;
    const examples = contributors.get(`${source} ${half}`) ?? [];
    contributors.set(`${source} ${half}`, examples);
    const common = { language: "en", source };
    examples.push(
      unseen.has(one)
        ? documentExample({ text: answer, ...common })
        : pairExample({ question, passage: answer, ...common }),
    );
  }
  const asked = test.map(({ question, answer, source }) =>
    pairExample({ question, passage: answer, language: "en", source }),
  );
  return {
    name: `MedQuAD, ${pairs.length} answers`,
    contributors: [...contributors.values()],
    quality: asked.filter((_, i) => i % 2 === 0),
    test: asked.filter((_, i) => i % 2 === 1),
  };
}

function contributedBy({ contributors, quality }: Scenario): Contributed {
  const of = (examples: readonly AnyExample[], i: number, kind: "train" | "quality") => ({
    contribution: {
      ...{ contributionId: BigInt(i + 1), submissionId: 1n, datanetId: 1n, part: i, kind, examples: examples.length },
      ...{ contributor: `contributor ${i + 1}`, sponsor: "", contentRoot: "", uri: "", revokedFrom: undefined },
    },
    examples,
  });
  return {
    datanetIds: [1n],
    train: contributors.map((examples, i) => of(examples, i, "train")),
    quality: [of(quality, contributors.length, "quality")],
  };
}
