import { describe, expect, it } from "vitest";
import { buildLibrary } from "../../data/written/library.ts";
import { documentExample, pairExample } from "../../data/written/written.ts";
import { kernelFactory } from "../../numerics/kernelChoice.ts";
import { weightsHash } from "../weights.ts";
import { encodeLibrary, openAnswerModel, sharesOf, trainAnswerModel } from "./answerModel.ts";
import { answersRecipeSchema } from "./answersRecipe.ts";
import { createHashedTerms } from "./hashedTerms.ts";
import { untrained } from "./projection.ts";
import { LANGUAGES } from "./testing/languages.ts";

const DIMENSION = 1_024;

const recipe = answersRecipeSchema.parse({
  format: "openledger-answers-recipe/1",
  encoders: [{ kind: "hashed-terms/1", dimension: DIMENSION }],
  ...{ quoted: 3, considered: 8, sharpness: 20, epochs: 20, batch: 16, learningRate: 0.005, wrongPassages: 4, seed: 1 },
});

const document = (text: string, language = "en") => documentExample({ text, language, source: language });
const nothingCurated = () => false;
const pair = (question: string, passage: string) => pairExample({ question, passage, language: "en", source: "s" });

function opened(library: ReturnType<typeof buildLibrary>, kernels: "wasm" | "plain" = "wasm") {
  const texts = library.passages.map(({ text }) => text);
  const questions = library.lessons.map(({ question }) => question);
  const parts = encodeLibrary(recipe, [createHashedTerms(DIMENSION, texts, questions)], library);
  return { parts, create: kernelFactory(kernels) };
}

describe("an answer model", () => {
  const all = LANGUAGES.flatMap(({ language, passages }) => passages.map((text) => document(text, language)));
  const library = buildLibrary([all], nothingCurated);

  const rightIn = ({ passages, questions }: (typeof LANGUAGES)[number]) => {
    const { parts, create } = opened(library);
    const found = openAnswerModel(create, parts, untrained(DIMENSION)).find(questions);
    return found.filter(([best], i) => library.passages[best!.passage]!.text === passages[i]).length;
  };

  it.each(LANGUAGES)("finds three of four among the passages of twenty languages in $language, untrained", (set) => {
    expect(rightIn(set)).toBeGreaterThanOrEqual(3);
  });

  it("finds 95 % over all languages", () => {
    const right = LANGUAGES.reduce((sum, set) => sum + rightIn(set), 0);
    expect(right / (4 * LANGUAGES.length)).toBeGreaterThanOrEqual(0.95);
  });

  it("finds nothing for a question without a word", () => {
    const { parts, create } = opened(library);
    expect(openAnswerModel(create, parts, untrained(DIMENSION)).find(["?! …", ""])).toEqual([[], []]);
  });

  it("places a text at length 1, nearer to one in like words, and nowhere without a word", () => {
    const { parts, create } = opened(library);
    const model = openAnswerModel(create, parts, untrained(DIMENSION));
    const [bees, alike, other] = ["Why do bees dance?", "Do bees dance?", "Tea in hot water"].map((text) =>
      model.embed(text),
    );
    const product = (a: Float64Array, b: Float64Array) => a.reduce((sum, component, i) => sum + component * b[i]!, 0);
    expect(bees).toHaveLength(model.dimension);
    expect(product(bees!, bees!)).toBeCloseTo(1, 12);
    expect(product(bees!, alike!)).toBeGreaterThan(product(bees!, other!));
    expect(model.embed("?! …").every((component) => component === 0)).toBe(true);
  });

  it("has shares that add up to one and fall", () => {
    const { parts, create } = opened(library);
    const [found] = openAnswerModel(create, parts, untrained(DIMENSION)).find(["Why do bees dance?"]);
    const shares = sharesOf(found!);
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
    expect(shares).toEqual(shares.toSorted((a, b) => b - a));
    expect(found![0]!.weight).toBe(1);
  });
});

describe("training", () => {
  // The other way round than the words suggest: only lessons can teach it.
  const topics = [
    ["fever", "thirsty children and long nights"],
    ["rust", "old iron gates beside the sea"],
    ["mould", "damp walls in a cellar"],
    ["moths", "woollen coats of last winter"],
    ["frost", "young vines on the north slope"],
    ["mildew", "roses that stand too close"],
    ["hiccups", "singers before the first act"],
    ["rot", "apples in a closed crate"],
  ] as const;
  const remedyOf = ([topic, who]: (typeof topics)[number]) =>
    `${topic}: ${who} are spared when cold water is poured on ${topic} twice.`;
  const originOf = ([topic, who]: (typeof topics)[number]) =>
    `${topic}: sailors brought ${topic} to the harbour, where ${who} suffered.`;
  const documents = topics.flatMap((topic) => [document(remedyOf(topic)), document(originOf(topic))]);
  const lessons = topics
    .slice(0, 6)
    .flatMap((topic) => [
      pair(`What helps against ${topic[0]}?`, originOf(topic)),
      pair(`Where does ${topic[0]} come from?`, remedyOf(topic)),
    ]);
  const library = buildLibrary([documents, lessons], nothingCurated);
  const rightOnes = (trained: boolean) => {
    const { parts, create } = opened(library);
    const weights = trained ? trainAnswerModel(create, parts, library) : untrained(DIMENSION);
    const model = openAnswerModel(create, parts, weights);
    return topics.slice(6).flatMap((topic) => {
      const [helps, comes] = model.find([`What helps against ${topic[0]}?`, `Where does ${topic[0]} come from?`]);
      const text = (found: typeof helps) => library.passages[found![0]!.passage]!.text;
      return [text(helps) === originOf(topic), text(comes) === remedyOf(topic)];
    });
  };

  it("teaches which kind of passage answers which kind of question, about things it never saw", () => {
    expect(rightOnes(false).filter(Boolean).length).toBeLessThan(4);
    expect(rightOnes(true)).toEqual([true, true, true, true]);
  });

  it("does not leave passages of pairs twice in the library", () => {
    expect(library.passages).toHaveLength(documents.length);
    expect(library.duplicates).toBe(lessons.length);
  });

  it("gives the same bits with plain loops and WebAssembly", () => {
    const small = buildLibrary([documents.slice(0, 4), lessons.slice(0, 3)], nothingCurated);
    const [wasm, plain] = (["wasm", "plain"] as const).map((kernels) => {
      const { parts, create } = opened(small, kernels);
      return weightsHash(trainAnswerModel(create, { ...parts, recipe: { ...recipe, epochs: 2 } }, small));
    });
    expect(wasm).toBe(plain);
  });

  it("leaves the questions as they are without lessons", () => {
    const none = buildLibrary([documents], nothingCurated);
    const { parts, create } = opened(none);
    expect(weightsHash(trainAnswerModel(create, parts, none))).toBe(weightsHash(untrained(DIMENSION)));
  });

  it("does not learn what the quality data asks", () => {
    const isFirst = (question: string) => question === lessons[0]!.question;
    expect(buildLibrary([lessons], isFirst).lessons).toHaveLength(lessons.length - 1);
  });
});
