import { describe, expect, it } from "vitest";
import { answerFeatures, buildPassageIndex } from "../../attribution/passages/passageIndex.ts";
import { defaultPassagesScheme } from "../../attribution/passages/passagesScheme.ts";
import { isWritten } from "../../data/example.ts";
import { normaliseText } from "../../data/normaliseText.ts";
import { buildLibrary } from "../../data/written/library.ts";
import { outlineOf, overlaps } from "../../data/written/overlap.ts";
import type { AnyExample } from "../../data/example.ts";
import { answersPlan } from "../../jobs/answers/answersPlan.ts";
import { openEncoders } from "../../jobs/answers/openEncoders.ts";
import { encodeLibrary, openAnswerModel, trainAnswerModel } from "../../model/answers/answerModel.ts";
import { kernelFactory } from "../../numerics/kernelChoice.ts";
import { directionOf } from "@openledger/protocol/score/direction.ts";
import { scoresOf } from "@openledger/protocol/score/score.ts";
import { epochFunctional } from "../../settlement/functional.ts";
import { documentsPlan } from "./documentsPlan.ts";

const noBases = { open: () => Promise.reject(new Error("the default recipe needs no base")) };
const pairsOf = (examples: readonly AnyExample[]) => examples.filter((example) => example.kind === "pair");

describe("the Datanet of documents", async () => {
  const plan = await documentsPlan();
  const { recipe } = answersPlan({ seed: 3, epochs: 8 });
  const quality = pairsOf(plan.quality);
  const asked = new Set(quality.map(({ question }) => normaliseText(question)));
  const library = buildLibrary(
    plan.contributors.map(({ examples }) => examples.filter(isWritten)),
    (question) => asked.has(normaliseText(question)),
  );
  const encoders = await openEncoders(recipe, library, noBases);
  const parts = encodeLibrary(recipe, encoders, library);
  const create = kernelFactory("wasm");
  const model = openAnswerModel(create, parts, trainAnswerModel(create, parts, library));
  const indexed = { passages: library.passages, contributions: plan.contributors.length, quoted: recipe.quoted };
  const index = buildPassageIndex(defaultPassagesScheme(), model, indexed, [quality]);
  const [G] = index.qualities as [Int16Array];
  const test = pairsOf(plan.test);
  const found = model.find(test.map(({ question }) => question));
  const qualities = scoresOf(G, index.features, [...index.scales]);
  const functional = epochFunctional(
    found.map((answer) => ({ psi: answerFeatures(answer, indexed, index.k), counted: 1n })),
    0n,
    directionOf([G], index.k),
  );
  const scores = scoresOf(functional, index.features, [...index.scales]);
  /** What each contributor would be paid, as a share of the pool, for each of its rows. */
  const weights = scores.map((score, c) => (qualities[c]! < 0n || score < 0n ? 0 : Number(score)));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const perRow = new Map(
    plan.contributors.map(({ name, examples }, c) => [name, weights[c]! / total / examples.length] as const),
  );
  const honest = [...perRow].filter(([name]) => name.startsWith("author")).reduce((sum, [, each]) => sum + each, 0) / 6;

  /** Share of the test questions with the right passage among the first of those found. */
  const rightWithin = (first: number) => {
    const right = test.filter(({ passage }, q) =>
      found[q]!.slice(0, first).some((one) =>
        overlaps(outlineOf(library.passages[one.passage]!.text), outlineOf(passage)),
      ),
    );
    return right.length / test.length;
  };

  it("is answered right by the first passage four times of five, and by an answer nine times of ten, without a base", () => {
    expect(rightWithin(1)).toBeGreaterThanOrEqual(0.8);
    expect(rightWithin(recipe.quoted)).toBeGreaterThanOrEqual(0.9);
  });

  it("pays every author", () => {
    for (const [name, each] of perRow) if (name.startsWith("author")) expect(each, name).toBeGreaterThan(0);
  });

  it("pays nothing for copies", () => {
    expect(perRow.get("copier")).toBe(0);
  });

  it("charges or pays next to nothing for stuffed passages, orders and wrong facts", () => {
    expect(perRow.get("stuffer")! / honest).toBeLessThanOrEqual(0.1);
    expect(perRow.get("injector")! / honest).toBeLessThanOrEqual(0.05);
    expect(perRow.get("wrong-facts")! / honest).toBeLessThanOrEqual(0.1);
  });
});
