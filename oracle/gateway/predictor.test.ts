import { describe, expect, it } from "vitest";
import { InputError } from "../common/errors.ts";
import { rowExample } from "../data/example.ts";
import type { RowInput } from "../data/tabular/rowInput.ts";
import { hashNgramsBatch, NGRAM_BUCKETS } from "../data/hashedNgrams.ts";
import { type InferenceRequest, requestSchema } from "../jobs/receiptFiles.ts";
import { encodingOf } from "../jobs/trainingData.ts";
import type { Plan } from "../jobs/versionFiles.ts";
import { architectureOf } from "../model/architecture.ts";
import { initialWeights } from "../model/initialWeights.ts";
import { parseRecipe } from "../model/recipe.ts";
import { createPredictor, inBatches } from "./predictor.ts";

const common = {
  format: "openledger-recipe/1",
  classes: 2,
  epochs: 1,
  batch: 8,
  seed: 1,
  members: 1,
  optimizer: { kind: "adam", learningRate: 0.01 },
};
const texts = parseRecipe({
  ...common,
  input: { kind: "bags", buckets: NGRAM_BUCKETS },
  layers: [{ kind: "embeddingBag", dimension: 4 }],
});
const images = parseRecipe({
  ...common,
  input: { kind: "image", height: 2, width: 3, channels: 1 },
  layers: [{ kind: "dense", units: 4 }],
});
const planOf = (recipe: Plan["recipe"], encoding: Plan["encoding"]): Plan => ({
  format: "openledger-plan/1",
  recipe,
  encoding,
  labels: ["no", "yes"],
  parentVersionId: null,
});
const modelOf = (recipe: Plan["recipe"]) => initialWeights(recipe, architectureOf(recipe), 0);
const text = (input: string): InferenceRequest => ({ kind: "text", input });
const image = (width: number, height: number, channels = 1): InferenceRequest => ({
  ...{ kind: "image", width, height, channels },
  pixels: Buffer.alloc(width * height * channels).toString("base64"),
});

describe("a predictor", () => {
  it("answers questions that arrive together as it answers each alone", async () => {
    const predictor = createPredictor(planOf(texts, "hashed-ngrams/1"), [modelOf(texts)]);
    const asked = ["when is it open", "where is it", "\u200b", "why"].map(text);
    const together = await Promise.all(asked.map(predictor.answer));
    for (const [i, request] of asked.entries()) expect(await predictor.answer(request)).toEqual(together[i]);
  });

  it("refuses another kind and another size, and answers what came with it", async () => {
    const [ofTexts, ofImages] = [
      createPredictor(planOf(texts, "hashed-ngrams/1"), [modelOf(texts)]),
      createPredictor(planOf(images, "grey-image/1"), [modelOf(images)]),
    ];
    const asked = [
      ...[text("good"), image(3, 2)].map(ofTexts.answer),
      ...[image(3, 2), image(2, 3), image(3, 2, 3), text("good")].map(ofImages.answer),
    ];
    const outcomes = await Promise.allSettled(asked);
    expect(outcomes.map(({ status }) => status)).toEqual([
      ...["fulfilled", "rejected"],
      ...["fulfilled", "rejected", "rejected", "rejected"],
    ]);
    for (const outcome of outcomes)
      if (outcome.status === "rejected") expect(outcome.reason).toBeInstanceOf(InputError);
    expect(() => ofTexts.check(image(3, 2))).toThrow(/another kind of question/u);
    expect(() => ofImages.check(image(2, 3))).toThrow(/another size/u);
  });

  it("reads rows whose columns, categories and numbers it knows, and refuses the others before they are paid for", async () => {
    const rows = parseRecipe({ ...common, input: { kind: "dense", width: 5 }, layers: [{ kind: "dense", units: 4 }] });
    const trained = [rowExample({ age: 20, job: "clerk" }, "no"), rowExample({ age: 40, job: "nurse" }, "yes")];
    const predictor = createPredictor(planOf(rows, encodingOf(trained)), [modelOf(rows)]);
    const ask = (input: RowInput): InferenceRequest => ({ kind: "row", input });
    const known: RowInput[] = [{ age: 33, job: "nurse" }, { job: "clerk" }, { age: -900 }];
    const asked = known.map(ask);
    const together = await Promise.all(asked.map(predictor.answer));
    for (const [i, request] of asked.entries()) expect(await predictor.answer(request)).toEqual(together[i]);
    const unknown: RowInput[] = [{ height: 2 }, { job: "pilot" }, { age: 1e6 }, { job: 3 }];
    for (const input of unknown) {
      expect(() => predictor.check(ask(input))).toThrow(InputError);
    }
    expect(() => predictor.check(text("33, nurse"))).toThrow(/another kind of question/u);
  });

  it("gives each question of a batch its own outcome", async () => {
    const weights = modelOf(texts);
    const broken = hashNgramsBatch(["broken"]).ids[0]!;
    // within the range of weights, and beyond it when the ensemble multiplies
    weights[0]!.values.fill(3e38, broken * 4, broken * 4 + 4);
    weights[1]!.values.fill(3e38);
    const predictor = createPredictor(planOf(texts, "hashed-ngrams/1"), [weights]);
    const outcomes = await Promise.allSettled(["one", "broken", "two"].map((input) => predictor.answer(text(input))));
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(outcomes[1]).toMatchObject({ reason: expect.any(InputError) as unknown });
  });

  it("makes the questions that arrive meanwhile the next batch", async () => {
    const sizes: number[] = [];
    const answer = inBatches((questions) => {
      sizes.push(questions.length);
      return questions.map(() => ({ label: "x", confidence: 1 }));
    });
    const question = { kind: "text", input: "x" } as const;
    await Promise.all([answer(question), answer(question), answer(question)]);
    await answer(question);
    expect(sizes).toEqual([3, 1]);
  });
});

describe("a request", () => {
  it.each([
    ["a blank text", text(" \n")],
    ["a NUL", text("a\0b")],
    ["half a surrogate", text("\ud800")],
    ["too long a text", text("x".repeat(65_537))],
    ["too few pixels", { ...image(3, 2), width: 4 }],
    ["pixels that are no base64", { ...image(3, 2), pixels: "AAAA AAAA" }],
    ["pixels in a second spelling", { ...image(1, 1), pixels: "AB==" }],
    ["a row of no object", { kind: "row", input: "age=39" }],
    ["a number beyond float64", { kind: "row", input: { age: Infinity } }],
    ["a column that objects use themselves", JSON.parse('{"kind":"row","input":{"__proto__":1,"age":39}}')],
    ["an image without an end", { ...image(1, 1), width: 65_535, height: 65_535, channels: 255 }],
  ])("is refused with %s", (_, request) => {
    expect(requestSchema.safeParse(request).success).toBe(false);
  });

  it("is taken as a text, an image or a row", () => {
    const row = { kind: "row", input: { age: 39, job: "clerk" } };
    for (const request of [row, text("a\\b é 😀 \u200b"), image(3, 2), image(1, 1, 4)]) {
      expect(requestSchema.parse(request)).toEqual(request);
    }
  });
});
