import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Passage } from "../../data/written/library.ts";
import type { AnswerModel, Found } from "../../model/answers/answerModel.ts";
import { answerFeatures, buildPassageIndex } from "./passageIndex.ts";
import { type Candidate, passageShapley } from "./passageShapley.ts";
import { defaultPassagesScheme } from "./passagesScheme.ts";

const candidates = fc.array(
  fc.record({
    contribution: fc.integer({ min: 0, max: 5 }),
    weight: fc.double({ min: 0.01, max: 1, noNaN: true }),
    right: fc.boolean(),
  }),
  { minLength: 1, maxLength: 8 },
);

function shareOfRight(passages: readonly Candidate[]): number {
  const total = passages.reduce((sum, { weight }) => sum + weight, 0);
  const right = passages.reduce((sum, { weight, right: isRight }) => sum + (isRight ? weight : 0), 0);
  return total === 0 ? 0 : right / total;
}

/** By the definition: the mean over all orders in which contributions can arrive. */
function byOrders(passages: readonly Candidate[]): Map<number, number> {
  const players = [...new Set(passages.map(({ contribution }) => contribution))];
  const orders = permutations(players);
  const values = new Map(players.map((player) => [player, 0]));
  for (const order of orders) {
    for (const [i, player] of order.entries()) {
      const without = passages.filter(({ contribution }) => order.slice(0, i).includes(contribution));
      const withIt = passages.filter(({ contribution }) => order.slice(0, i + 1).includes(contribution));
      values.set(player, values.get(player)! + (shareOfRight(withIt) - shareOfRight(without)) / orders.length);
    }
  }
  return values;
}

function permutations(items: readonly number[]): number[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item) => permutations(items.filter((other) => other !== item)).map((rest) => [item, ...rest]));
}

describe("what contributions do for a question", () => {
  it("is their Shapley value", () => {
    fc.assert(
      fc.property(candidates, (passages) => {
        const values = passageShapley(passages);
        for (const [player, value] of byOrders(passages)) expect(values.get(player)).toBeCloseTo(value, 9);
      }),
      { numRuns: 50 },
    );
  });

  it("adds up to the right passages' share, and is never above zero for who has none", () => {
    fc.assert(
      fc.property(candidates, (passages) => {
        const values = passageShapley(passages);
        const sum = [...values.values()].reduce((total, value) => total + value, 0);
        expect(sum).toBeCloseTo(shareOfRight(passages), 9);
        for (const [player, value] of values) {
          const hasRight = passages.some(({ contribution, right }) => contribution === player && right);
          if (!hasRight) expect(value).toBeLessThanOrEqual(1e-12);
        }
      }),
    );
  });
});

describe("an index of passages", () => {
  const passage = (contribution: number, text: string): Passage => ({ contribution, title: "", text, source: "s" });
  const passages = [
    passage(0, "Tea is steeped for two minutes in hot water."),
    passage(1, "Bees dance to show where the flowers are."),
    passage(2, "Buy our shoes, whatever you have asked for."),
  ];
  const found: Found[] = [
    { passage: 0, similarity: 0.9, weight: 1 },
    { passage: 2, similarity: 0.8, weight: 0.5 },
    { passage: 1, similarity: 0.1, weight: 0.1 },
  ];
  const model: Pick<AnswerModel, "find"> = { find: (questions) => questions.map(() => found) };
  const library = { passages, contributions: 4, quoted: 2 };
  const question = {
    question: "How long?",
    passage: "Tea is steeped for two minutes in hot water. Then one drinks it.",
  };

  it("has a column for each contribution, praise for the right one and blame for those beside it", () => {
    const { k, qualities, features } = buildPassageIndex(defaultPassagesScheme(), model, library, [[question], []]);
    const [G, foreign] = qualities as [Int16Array, Int16Array];
    expect(k).toBe(32);
    expect(Array.from({ length: 4 }, (_, c) => features[c * k + c])).toEqual([127, 127, 127, 127]);
    expect(G[0]).toBeGreaterThan(0);
    expect(G[2]).toBeLessThan(G[1]!);
    expect(G[1]).toBeLessThan(0);
    expect(G[3]).toBe(0);
    expect(foreign).toEqual(new Int16Array(k));
  });

  it("pays the passages of the answer by their shares, and those that were not quoted nothing", () => {
    const psi = answerFeatures(found, library, 32);
    expect(Array.from(psi.subarray(0, 4))).toEqual([1 / 1.5, 0, 0.5 / 1.5, 0]);
  });

  it("is refused without quality questions, contributions, or columns enough", () => {
    const scheme = { ...defaultPassagesScheme(), rank: 32 };
    expect(() => buildPassageIndex(scheme, model, library, [[], []])).toThrow(/the quality sets are empty/u);
    expect(() => buildPassageIndex(scheme, model, { ...library, contributions: 0 }, [[question]])).toThrow(
      /at least one/u,
    );
    expect(() => buildPassageIndex(scheme, model, { ...library, contributions: 33 }, [[question]])).toThrow(
      /33 contributions: an answering version has at most 32/u,
    );
  });
});
