import { describe, expect, it } from "vitest";
import { InputError } from "../../common/errors.ts";
import { createWasmKernels } from "../../numerics/wasmKernels.ts";
import { continuePrompts, firstDifference, type Continuation, type Written } from "./continuePrompt.ts";
import { openDecoder } from "./decoder.ts";
import { importGguf } from "./importGguf.ts";
import { tinyGguf } from "./testing/tinyGguf.ts";

const { shape, weights } = importGguf(tinyGguf(2));
const decoder = openDecoder(createWasmKernels, shape, weights, { profile: "int8-exact/1", sequences: 16, length: 64 });
const asked: Continuation = { prompt: [5, 77, 300], most: 20, end: 1, seed: [1, 2, 3, 4], temperature: 1 };

function write(...all: readonly Continuation[]): Written[] {
  const steps = continuePrompts(decoder, all);
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

describe("going on from a prompt", () => {
  it("refuses what does not fit, before anything is computed", () => {
    for (const bad of [{ prompt: [] }, { most: 0 }, { prompt: Array.from({ length: 45 }, () => 3) }]) {
      expect(() => write({ ...asked, ...bad })).toThrow(InputError);
    }
    expect(write({ ...asked, prompt: Array.from({ length: 44 }, () => 3) })[0]!.tokens).not.toHaveLength(0);
  });

  it("writes the same for the same prompt and seed, alone or beside others, and otherwise something else", () => {
    const others = Array.from({ length: 15 }, (_, i) => ({ ...asked, prompt: [i, i + 1], most: 1 + i }));
    const [alone] = write(asked);
    expect(write(...others, asked)[15]).toEqual(alone);
    for (let word = 0; word < 4; word++) {
      const seed = [1, 2, 3, 4].map((value, i) => (i === word ? 9 : value)) as unknown as Continuation["seed"];
      expect(write({ ...asked, seed })[0]).not.toEqual(alone);
    }
  });

  it("takes the likeliest token at temperature 0, whatever the seed", () => {
    const greedy = { ...asked, temperature: 0 };
    expect(write({ ...greedy, seed: [9, 9, 9, 9] })).toEqual(write(greedy));
  });

  it("stops at the token that ends the answer", () => {
    const [{ tokens }] = write(asked) as [Written];
    const end = tokens[7]!;
    expect(write({ ...asked, end })).toEqual([{ tokens: tokens.slice(0, tokens.indexOf(end)), ended: true }]);
  });

  it.each([0, 1])("is checked by reading all tokens at once, at temperature %s", (temperature) => {
    const question = { ...asked, temperature };
    const [answer] = write(question) as [Written];
    expect(firstDifference(decoder, question, answer)).toBeUndefined();
    const ending = { ...question, end: answer.tokens[10]! };
    const [ended] = write(ending) as [Written];
    expect(firstDifference(decoder, ending, ended)).toBeUndefined();
    const { tokens } = answer;
    const changed = tokens.map((token, i) => (i === 6 ? (token + 1) % shape.vocabulary : token));
    expect(firstDifference(decoder, question, { tokens: changed, ended: false })).toBe(6);
    expect(firstDifference(decoder, question, { tokens: tokens.slice(0, 9), ended: false })).toBe(9);
    expect(firstDifference(decoder, question, { tokens: tokens.slice(0, 9), ended: true })).toBe(9);
    expect(firstDifference(decoder, question, { tokens: [...tokens, 1], ended: false })).toBe(20);
  });
});
