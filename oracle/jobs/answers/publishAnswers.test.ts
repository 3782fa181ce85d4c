import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { InputError } from "../../common/errors.ts";
import { ContentUnavailableError } from "../../content/fetchContent.ts";
import { documentExample, pairExample } from "../../data/written/written.ts";
import { importBert } from "../../model/bert/importBert.ts";
import { tinyBertFiles } from "../../model/bert/testing/tinyBert.ts";
import { openAnswerModel } from "../../model/answers/answerModel.ts";
import { kernelFactory } from "../../numerics/kernelChoice.ts";
import { type BaseEncoders, createBaseEncoders } from "../bases/baseEncoders.ts";
import { putBase } from "../bases/baseFiles.ts";
import { type ContentFiles, createContentFiles } from "../contentFiles.ts";
import { type InferenceAnswer, outputHash, type ReceiptRecord } from "../receiptFiles.ts";
import { askedQuestion } from "../receiptsProblem.ts";
import { contributedWriting } from "../testing/contributedWriting.ts";
import { type AnswersManifest, ensembleHash, getManifest, planHash } from "../versionFiles.ts";
import { openAnswerLibrary } from "./answerLibrary.ts";
import { answerOf, vectorOf } from "./answerOf.ts";
import { getAnswerWeights } from "./answersPlan.ts";
import { answersTask } from "./answersTask.ts";
import { rehearseAnswers, trainAnswers } from "./publishAnswers.ts";

let folder: string;
let content: ContentFiles;
let bases: BaseEncoders;
let base: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "openledger-test-"));
  content = createContentFiles(join(folder, "content"), []);
  bases = createBaseEncoders(content, join(folder, "vectors"));
  base = await putBase(content, importBert(tinyBertFiles(1)));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const [language, source] = ["en", "test"];
const passages = ["Bees dance to say where food is.", "Cold water helps against fever.", "The cafe opens at noon."];
const pair = (question: string, passage: string) => pairExample({ question, passage, language, source });
const documents = passages.map((text) => documentExample({ text, language, source }));
const lessons = [pair("Why do bees dance?", passages[0]!), pair("What helps against fever?", passages[1]!)];
const test = [pair("When does the cafe open?", passages[2]!)];

describe("a version that answers on a base", () => {
  const data = contributedWriting([documents, lessons], test);
  const choice = { seed: 1, members: 1, epochs: 3, parentVersionId: null };

  it("names the base in what is hashed, and is trained again to the same bits by whoever has the base", async () => {
    const artefacts = await trainAnswers({ content, bases }, [1n], data, { ...choice, base }, test);
    const manifest = (await getManifest(content, artefacts.uri)) as AnswersManifest;
    expect(planHash(manifest.plan)).toBe(artefacts.recipeHash);
    expect(manifest.plan.recipe.encoders).toEqual([
      { kind: "bert/1", base, dimension: 32 },
      { kind: "hashed-terms/1", dimension: 1_024 },
    ]);
    const other = createBaseEncoders(content, join(folder, "other vectors"));
    const task = await answersTask({ bases: other }, manifest, data);
    const models = await task.train();
    expect(ensembleHash(models)).toBe(artefacts.weightsHash);
    expect(ensembleHash(await getAnswerWeights(content, manifest))).toBe(artefacts.weightsHash);
    const index = await task.buildIndex(models);
    expect(index.qualities[0]!.some((value) => value > 0)).toBe(true);
  });

  it("owes an answer to whom it quotes, and a vector to nobody in particular", async () => {
    const artefacts = await trainAnswers({ content, bases }, [1n], data, { ...choice, base }, test);
    const manifest = (await getManifest(content, artefacts.uri)) as AnswersManifest;
    const task = await answersTask({ bases }, manifest, data);
    const models = await task.train();
    const index = await task.buildIndex(models);
    const opened = await openAnswerLibrary(manifest.plan.recipe, data, bases);
    const model = openAnswerModel(kernelFactory("wasm"), opened.parts, models[0]!);
    const input = "Why do bees dance?";
    const sold = (kind: "text" | "embedding", answer: InferenceAnswer) => {
      const record = { request: { kind, input }, answer, receipt: { outputHash: outputHash(answer) } } as ReceiptRecord;
      expect(askedQuestion(record)).toBe(input);
      return record;
    };
    const vector = vectorOf(model, input);
    const passages = answerOf(opened, model.find([input])[0]!);
    const psi = await task.queryFeatures(models, { projections: "", k: index.k }, [
      sold("embedding", vector),
      sold("text", passages),
    ]);
    expect(psi.subarray(0, index.k).every((component) => component === 0)).toBe(true);
    expect(psi.subarray(index.k).some((component) => component !== 0)).toBe(true);
    expect(() => askedQuestion({ request: { kind: "text", input }, answer: vector })).toThrow(/answers with passages/u);
    expect(() => askedQuestion({ request: { kind: "embedding", input }, answer: passages })).toThrow(InputError);
  });

  it("is another version than one without a base", async () => {
    const [on, without] = [
      await trainAnswers({ content, bases }, [1n], data, { ...choice, base }, test),
      await trainAnswers({ content, bases }, [1n], data, choice, test),
    ];
    expect(on.recipeHash).not.toBe(without.recipeHash);
    expect(on.weightsHash).not.toBe(without.weightsHash);
    expect(without.accuracy).toBe(1);
  });

  it("cannot be rehearsed where nobody has the base", async () => {
    const empty = createContentFiles(join(folder, "empty"), []);
    const none = { bases: createBaseEncoders(empty, join(folder, "no vectors")) };
    await expect(rehearseAnswers(none, data, { ...choice, base })).rejects.toThrow(ContentUnavailableError);
    await rehearseAnswers(none, data, choice);
  });
});
