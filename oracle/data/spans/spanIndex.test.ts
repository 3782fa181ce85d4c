import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createSpanIndex, LEAST_WORDS } from "./spanIndex.ts";

const texts = [
  "Steep green tea for two minutes in water that does not boil.",
  "Black tea is steeped for four minutes. Water that does not boil makes it weak.",
  "Steep green tea for two minutes in water that does not boil.",
];
const index = createSpanIndex(texts.map((text, contribution) => ({ contribution, text })));

describe("the spans of an answer", () => {
  it("are none where fewer than four words stand together, and none of nothing", () => {
    expect(index.spansOf("Green tea for everybody, and black tea is fine.")).toEqual([]);
    expect(index.spansOf("")).toEqual([]);
    expect(createSpanIndex([]).spansOf("Steep green tea for two minutes.")).toEqual([]);
  });

  it("are the longest that stand in a text, of whoever was registered first, however they are written", () => {
    const spans = index.spansOf("I would STEEP green tea, for two minutes: water that does not boil makes it weak");
    expect(spans).toEqual([
      expect.objectContaining({
        text: "minutes water that does not boil makes it weak",
        words: 9,
        occurrences: 1,
        contribution: 1,
      }),
      expect.objectContaining({ text: "steep green tea for two minutes", words: 6, occurrences: 2, contribution: 0 }),
    ]);
  });

  it("never go from one text into the next", () => {
    expect(index.spansOf("does not boil Black tea is").map(({ text }) => text)).toEqual([]);
  });

  it("are rarer the rarer their words are", () => {
    const common = Array.from({ length: 50 }, () => "the cat sat on the mat");
    const sources = [...common, "zebra quagga okapi tapir"].map((text, contribution) => ({ contribution, text }));
    const [first, second] = createSpanIndex(sources).spansOf("the cat sat on zebra quagga okapi tapir");
    expect(first!.text).toBe("zebra quagga okapi tapir");
    expect(first!.rarity).toBeGreaterThan(second!.rarity);
  });

  it("count characters where words are not separated", () => {
    const chinese = createSpanIndex([{ contribution: 0, text: "绿茶要泡两分钟，水不要煮沸。" }]);
    expect(chinese.spansOf("我觉得绿茶要泡两分钟就好")[0]).toMatchObject({ text: "绿茶要泡两分钟", words: 7 });
  });

  it("stand in a text, and no longer one from the same word on does", () => {
    const word = fc.constantFrom("a1", "b2", "c3");
    const written = fc.array(word, { minLength: 1, maxLength: 25 }).map((words) => words.join(" "));
    fc.assert(
      fc.property(fc.array(written, { minLength: 1, maxLength: 4 }), written, (sources, answer) => {
        const spans = createSpanIndex(sources.map((text, contribution) => ({ contribution, text }))).spansOf(answer);
        const stands = (text: string) => sources.findIndex((source) => ` ${source} `.includes(` ${text} `));
        const words = answer.split(" ");
        let covered = 0;
        const expected: string[] = [];
        for (let from = 0; from < words.length; from++) {
          let to = words.length;
          while (to > from && stands(words.slice(from, to).join(" ")) < 0) to--;
          if (to > covered && to - from >= LEAST_WORDS) expected.push(words.slice(from, to).join(" "));
          covered = Math.max(covered, to);
        }
        expect(spans.map(({ text }) => text).sort()).toEqual(expected.sort());
        for (const { text, contribution } of spans) expect(contribution).toBe(stands(text));
      }),
      { numRuns: 500 },
    );
  });
});
