import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NGRAM_BUCKETS, hashNgrams, hashNgramsBatch } from "./hashedNgrams.ts";

describe("hashNgrams", () => {
  it("matches vectors computed from the definition by an independent program", () => {
    expect([...hashNgrams("hi you")]).toEqual([35, 930, 2490, 3378, 3871, 6213, 6614, 7875, 8401, 12563, 13879, 14215]);
    expect([...hashNgrams("card card")]).toEqual([
      622, 622, 2430, 2430, 3015, 4819, 4819, 7615, 7615, 7951, 7951, 9856, 9856, 12456, 12456, 12973, 12973, 14757,
      14757, 15430, 15430,
    ]);
    expect([...hashNgrams("été 日本語 no")]).toEqual([
      586, 3101, 3255, 8181, 8360, 9034, 9299, 9397, 9656, 9746, 9975, 11448, 12043, 12923, 12961, 13812, 13975, 14455,
      15509, 15748,
    ]);
  });

  it("counts a feature as often as it occurs", () => {
    const once = hashNgrams("card").length;
    expect(hashNgrams("card card").length).toBe(2 * once + 1); // the pair is the one new feature
  });

  it("is empty for a text without words", () => {
    expect(hashNgrams("")).toEqual(new Int32Array());
    expect(hashNgrams(" … ?! ")).toEqual(new Int32Array());
  });

  it("sees through case, width and punctuation", () => {
    expect(hashNgrams("Where’s my CARD?!")).toEqual(hashNgrams("wheres my  card"));
  });

  it("tells word order apart by word pairs alone", () => {
    const forward = hashNgrams("pay bill");
    const backward = hashNgrams("bill pay");
    expect(forward).not.toEqual(backward);
    const shared = [...forward].filter((id) => backward.includes(id));
    expect(shared.length).toBe(forward.length - 1);
  });

  it("gives ascending bucket ids in range for any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 80 }), (text) => {
        const ids = hashNgrams(text);
        for (let i = 0; i < ids.length; i++) {
          expect(ids[i]).toBeGreaterThanOrEqual(i === 0 ? 0 : ids[i - 1]!);
          expect(ids[i]).toBeLessThan(NGRAM_BUCKETS);
        }
      }),
    );
  });

  it("spreads features over the buckets", () => {
    const words = Array.from({ length: 20_000 }, (_, i) => `w${i}`);
    const counts = new Int32Array(NGRAM_BUCKETS);
    for (const word of words) for (const id of hashNgrams(word)) counts[id]!++;
    const used = counts.filter((count) => count > 0).length;
    expect(used).toBeGreaterThan(0.9 * NGRAM_BUCKETS);
  });
});

describe("hashNgramsBatch", () => {
  it("lays the bags of the rows end to end", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "grapheme", maxLength: 30 }), { maxLength: 12 }), (texts) => {
        const { ids, offsets } = hashNgramsBatch(texts);
        expect(offsets.length).toBe(texts.length + 1);
        expect(ids.length).toBe(offsets[texts.length]);
        texts.forEach((text, row) => {
          expect(ids.slice(offsets[row], offsets[row + 1])).toEqual(hashNgrams(text));
        });
      }),
    );
  });
});
