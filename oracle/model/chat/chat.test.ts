import { describe, expect, it } from "vitest";
import { documentExample, pairExample } from "../../data/written/written.ts";
import { createPlainKernels } from "../../numerics/plainKernels.ts";
import { randomStream } from "../../numerics/random.ts";
import { createWasmKernels } from "../../numerics/wasmKernels.ts";
import { createBytePairs } from "../decoder/bytePairs.ts";
import { openDecoder } from "../decoder/decoder.ts";
import { importGguf } from "../decoder/importGguf.ts";
import { tinyGguf } from "../decoder/testing/tinyGguf.ts";
import type { Weights } from "../weights.ts";
import { createAdapterGradient } from "./adapterGradient.ts";
import { chatRecipeSchema } from "./chatRecipe.ts";
import { adaptDecoder, adapterTensors, freshAdapter } from "./headAdapter.ts";
import { lessonsOf, readLesson } from "./lessons.ts";
import { trainAdapter } from "./trainAdapter.ts";

const { shape, vocabulary, weights } = importGguf(tinyGguf(1));
const words = weights.matrices.get("words")!;
const pairs = createBytePairs(vocabulary);
const recipe = chatRecipeSchema.parse({
  ...{ format: "openledger-chat-recipe/1", base: `bafkrei${"a".repeat(52)}`, profile: "float32/1", length: 180 },
  ...{
    most: 20,
    adapter: { kind: "head-lora/1", rank: 3, scale: 2 },
    learningRate: 0.01,
    epochs: 6,
    batch: 2,
    seed: 1,
  },
});
const room = { profile: recipe.profile, sequences: 1, length: recipe.length } as const;
const decoder = openDecoder(createWasmKernels, shape, weights, room);
const [language, source] = ["en", "test"];
const pair = pairExample({ question: "Why?", passage: "The water is cold.", language, source });
const lesson = readLesson(decoder, lessonsOf(pairs, recipe.length, pair)[0]!);
const gradientOf = createAdapterGradient(createWasmKernels, words, recipe.adapter.scale);

function randomAdapter(seed: number): Weights {
  const stream = randomStream(seed, 0);
  return adapterTensors(recipe, shape.hidden).map(({ name, shape: sizes, elements }) => ({
    ...{ name, shape: sizes },
    values: Float32Array.from({ length: elements }, () => 0.1 * stream.normal()),
  }));
}

describe("what an adapter learns from", () => {
  it("is the answer of a pair with its end, and every token of a document but the first", () => {
    const [one] = lessonsOf(pairs, recipe.length, pair);
    expect(pairs.decode(one!.tokens.slice(one!.from))).toBe("The water is cold.");
    expect(one!.tokens.at(-1)).toBe(pairs.special("<|im_end|>"));
    const [whole] = lessonsOf(pairs, recipe.length, documentExample({ text: "Bees dance.", language, source }));
    expect(whole).toEqual({ tokens: pairs.encode("Bees dance."), from: 1 });
  });

  it("goes on in further pieces, each token learned once", () => {
    const text = "Bees dance to say where food is. ".repeat(5);
    const all = pairs.encode(text);
    const pieces = lessonsOf(pairs, 10, documentExample({ text, language, source }));
    expect(pieces.every(({ tokens }) => tokens.length <= 10)).toBe(true);
    expect(pieces.flatMap(({ tokens, from }) => tokens.slice(from))).toEqual(all.slice(1));
    const cut = lessonsOf(pairs, 10, pair);
    expect(pairs.decode(cut.flatMap(({ tokens, from }) => tokens.slice(from)))).toBe("The water is cold.");
    expect(lessonsOf(pairs, 10, documentExample({ text: "B", language, source }))).toEqual([]);
  });
});

describe("an adapter", () => {
  it("has the gradient that differences of the loss have", () => {
    const adapter = randomAdapter(3);
    const { gradient } = gradientOf(adapter, lesson);
    for (const [tensor, element] of [
      [0, 5],
      [0, 100],
      [1, 7],
      [1, 150],
    ] as const) {
      const lossWith = (shift: number) =>
        gradientOf(
          adapter.map((one, i) => ({
            ...one,
            values: one.values.map((value, j) => (i === tensor && j === element ? value + shift : value)),
          })),
          lesson,
        ).loss;
      const difference = (lossWith(1 / 64) - lossWith(-1 / 64)) * 32;
      expect(gradient[tensor * adapter[0]!.values.length + element]).toBeCloseTo(difference, 1);
    }
  });

  it("has the same bits in plain loops", () => {
    const plain = createAdapterGradient(createPlainKernels, words, recipe.adapter.scale);
    expect(plain(randomAdapter(4), lesson)).toEqual(gradientOf(randomAdapter(4), lesson));
  });

  it("changes nothing before it is trained, and then makes what it was trained on likelier", () => {
    const fresh = freshAdapter(recipe, shape.hidden);
    const state = lesson.states.slice(0, shape.hidden);
    const before = decoder.logits(state).slice();
    expect(adaptDecoder(decoder, recipe, fresh).logits(state)).toEqual(before);
    const longer = { ...recipe, epochs: 30, learningRate: 0.05 };
    const trained = trainAdapter(createWasmKernels, longer, shape.hidden, [lesson, lesson], gradientOf);
    expect(gradientOf(trained, lesson).loss).toBeLessThan(0.8 * gradientOf(fresh, lesson).loss);
    expect(adaptDecoder(decoder, recipe, trained).logits(state)).not.toEqual(before);
    expect(trainAdapter(createWasmKernels, recipe, shape.hidden, [], gradientOf)).toEqual(fresh);
  });
});
