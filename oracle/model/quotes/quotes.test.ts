import { beforeAll, describe, expect, it } from "vitest";
import { createWasmKernels } from "../../numerics/wasmKernels.ts";
import { type BytePairs, createBytePairs } from "../decoder/bytePairs.ts";
import { chatPrompt } from "../decoder/chatPrompt.ts";
import { type Continuation, continuePrompts, firstDifference, type Written } from "../decoder/continuePrompt.ts";
import { type Decoder, openDecoder } from "../decoder/decoder.ts";
import { importGguf } from "../decoder/importGguf.ts";
import { tinyGguf } from "../decoder/testing/tinyGguf.ts";
import { logLikelihood } from "./logLikelihood.ts";
import { citation, quotePrompt } from "./quotePrompt.ts";

let decoder: Decoder;
let pairs: BytePairs;

beforeAll(() => {
  const { shape, weights, vocabulary } = importGguf(tinyGguf(1));
  decoder = openDecoder(createWasmKernels, shape, weights, { profile: "int8-exact/1", sequences: 1, length: 200 });
  pairs = createBytePairs(vocabulary);
});

function write(asked: Continuation): Written {
  const writing = continuePrompts(decoder, [asked]);
  let step = writing.next();
  while (step.done !== true) step = writing.next();
  return step.value[0]!;
}

const passages = [
  { title: "", text: "Bees dance." },
  { title: "Fever", text: "Drink water." },
];

describe("a prompt of passages", () => {
  it("numbers them, names their titles, and keeps the numbers of those that are left", () => {
    expect(pairs.decode(quotePrompt(pairs, "Why?", passages).tokens)).toContain(
      "[1] Bees dance.\n\n[2] Fever: Drink water.",
    );
    const second = pairs.decode(quotePrompt(pairs, "Why?", passages, [1]).tokens);
    expect(second).toContain("[2] Fever");
    expect(second).not.toContain("[1]");
    expect(quotePrompt(pairs, "Why?", passages, [])).toEqual(chatPrompt(pairs, "Why?"));
  });
});

describe("an answer that has to cite", () => {
  it("begins with the number of a passage at every temperature, and is checked by reading", () => {
    const { tokens: prompt, end } = quotePrompt(pairs, "Why?", passages);
    for (const [temperature, seed] of [
      [0, 0],
      [0.8, 1],
      [2, 2],
    ] as const) {
      const asked = { prompt, end, most: 9, temperature, seed: [seed, 0, 0, 0], first: citation(pairs, 2) } as const;
      const written = write(asked);
      expect(pairs.decode(written.tokens)).toMatch(/^\[[12]\]/u);
      expect(firstDifference(decoder, asked, written)).toBeUndefined();
      const third = { ...written, tokens: [written.tokens[0]!, pairs.encode("3")[0]!, ...written.tokens.slice(2)] };
      expect(firstDifference(decoder, asked, third)).toBe(1);
    }
  });
});

describe("the log-likelihood of an answer", () => {
  it("is the sum of its tokens', each after those before it", () => {
    const prompt = pairs.encode("Bees dance");
    const tokens = pairs.encode(" to say where.");
    const whole = logLikelihood(decoder, prompt, tokens, 0);
    expect(whole).toBeLessThan(0);
    const first = logLikelihood(decoder, prompt, tokens.slice(0, 2), 0);
    expect(first + logLikelihood(decoder, prompt, tokens, 2)).toBeCloseTo(whole, 9);
  });
});
