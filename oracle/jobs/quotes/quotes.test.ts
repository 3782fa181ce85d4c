import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { InputError } from "../../common/errors.ts";
import { documentExample, pairExample } from "../../data/written/written.ts";
import { createQuotesPredictor } from "../../gateway/quotesPredictor.ts";
import { importGguf } from "../../model/decoder/importGguf.ts";
import { tinyGguf } from "../../model/decoder/testing/tinyGguf.ts";
import { type BaseEncoders, createBaseEncoders } from "../bases/baseEncoders.ts";
import { putGenerator } from "../bases/generatorFiles.ts";
import { type ContentFiles, createContentFiles } from "../contentFiles.ts";
import type { InferenceAnswer, InferenceRequest, QuotedAnswer, ReceiptRecord } from "../receiptFiles.ts";
import { contributedWriting } from "../testing/contributedWriting.ts";
import { ensembleHash, getManifest, planHash, quotesPassages, type QuotesManifest } from "../versionFiles.ts";
import type { Contributed } from "../versionTask.ts";
import { rehearseQuotes, trainQuotes } from "./publishQuotes.ts";
import { getQuotesWeights } from "./quotesPlan.ts";
import { quotesTask } from "./quotesTask.ts";

let folder: string;
let content: ContentFiles;
let bases: BaseEncoders;
let base: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "openledger-test-"));
  content = createContentFiles(join(folder, "content"), []);
  bases = createBaseEncoders(content, join(folder, "vectors"));
  base = await putGenerator(content, importGguf(tinyGguf(1)));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const [language, source] = ["en", "test"];
const pair = (question: string, passage: string) => pairExample({ question, passage, language, source });
const document = (text: string) => documentExample({ text, language, source });
const bees = [pair("Why do bees dance?", "Bees dance to say where food is.")];
const fever = [document("Cold water helps against fever."), document("Bees fear cold water.")];
const asked = [pair("What do bees dance for?", "Bees dance to say where food is.")];

const data = contributedWriting([fever, bees, bees], asked);
const choice = { seed: 1, members: 1, epochs: 2, parentVersionId: null, writes: "passages" } as const;
const question: InferenceRequest = {
  ...{ kind: "prompt", input: "Why do bees dance?", seed: 0 },
  ...{ maxTokens: 12, temperature: 0 },
};

async function publish(of = data) {
  const artefacts = await trainQuotes({ content, bases }, [1n], of, { ...choice, base });
  const manifest = (await getManifest(content, artefacts.uri)) as QuotesManifest;
  const task = await quotesTask({ content, bases }, manifest, of);
  return { artefacts, manifest, task, models: await task.train() };
}

describe("a version that writes from passages", () => {
  it("is refused without a generator, from a parent, and without questions to judge by", async () => {
    const rehearse = (of: Contributed, change: object) =>
      rehearseQuotes({ content, bases }, of, { ...choice, ...change });
    await expect(rehearse(data, {})).rejects.toThrow(/stands on a generator/u);
    await expect(rehearse(data, { base, parentVersionId: "3" })).rejects.toThrow(InputError);
    await expect(rehearse(contributedWriting([fever], fever), { base })).rejects.toThrow(/no quality set/u);
  });

  it("is trained again to the same bits, and cites one of the passages that it read", async () => {
    const { artefacts, manifest, task, models } = await publish();
    expect(quotesPassages(manifest)).toBe(true);
    expect(planHash(manifest.plan)).toBe(artefacts.recipeHash);
    expect(task.size).toEqual(artefacts.size);
    expect(ensembleHash(models)).toBe(artefacts.weightsHash);
    expect(ensembleHash(await getQuotesWeights(content, manifest))).toBe(artefacts.weightsHash);
    const predictor = await createQuotesPredictor({ content, bases }, data, manifest, models);
    const answer = (await predictor.answer(question)) as QuotedAnswer;
    expect(answer.passages.length).toBeGreaterThan(0);
    const cited = /^\[(\d)\]/u.exec(answer.text);
    expect(Number(cited![1])).toBeLessThanOrEqual(answer.passages.length);
    expect(answer.passages.map(({ text }) => text)).toContain("Bees dance to say where food is.");
  });

  it("answers questions that arrive together as each alone, by the seed of the request", async () => {
    const { manifest, models } = await publish();
    const predictor = await createQuotesPredictor({ content, bases }, data, manifest, models);
    const requests = [0, 1, 2].map((seed): InferenceRequest => ({
      ...{ kind: "prompt", input: "Why do bees dance?", seed },
      ...{ maxTokens: 12, temperature: 900 },
    }));
    const together = await Promise.all(requests.map((request) => predictor.answer(request)));
    for (const [i, request] of requests.entries()) expect(await predictor.answer(request)).toEqual(together[i]);
    expect(new Set(together.map((answer) => JSON.stringify(answer))).size).toBe(3);
  });

  it("owes an answer to whom its passages came from, and one that it does not write to nobody", async () => {
    const { manifest, task, models } = await publish();
    const index = await task.buildIndex(models);
    const predictor = await createQuotesPredictor({ content, bases }, data, manifest, models);
    const answer = (await predictor.answer(question)) as QuotedAnswer;
    const record = (of: InferenceAnswer, request: InferenceRequest = question) =>
      ({ request, answer: of }) as ReceiptRecord;
    const otherPassage = answer.passages.map((passage) => ({ ...passage, contributionId: "3" }));
    const psi = await task.queryFeatures(models, { projections: "", k: index.k }, [
      record(answer),
      record({ ...answer, text: "[1] Honey." }),
      record({ ...answer, passages: otherPassage }),
      record({ ...answer, tokens: [...answer.tokens.slice(0, -1), answer.tokens[answer.tokens.length - 1]! + 1] }),
      record(answer, { kind: "text", input: "Why?" }),
      record(answer, { kind: "text", input: "bees ".repeat(300) }),
      record({ label: "honey", confidence: 1 }),
    ]);
    const owed = Array.from({ length: 7 }, (_, q) => [...psi.slice(q * index.k, (q + 1) * index.k)].some((value) => value !== 0)); // prettier-ignore
    expect(owed).toEqual([true, false, false, false, false, false, false]);
    // the copy of the bees was left out
    expect(psi[2]).toBe(0);
  });

  it("has nothing to say where nothing speaks to a question, and refuses what does not fit before it is paid for", async () => {
    const { manifest, models } = await publish();
    const predictor = await createQuotesPredictor({ content, bases }, data, manifest, models);
    expect(await predictor.answer({ kind: "text", input: "?" })).toEqual({
      ...{ text: "", tokens: [], ended: true },
      passages: [],
    });
    expect(() => predictor.check({ kind: "text", input: "bees ".repeat(300) })).toThrow(/do not fit/u);
    const image = { kind: "image", width: 1, height: 1, channels: 1, pixels: "AA==" } as const;
    expect(() => predictor.check(image)).toThrow(InputError);
  });
});
