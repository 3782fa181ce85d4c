import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRepetitionIndex } from "./repetitions.ts";
import { searchTerms } from "./searchTerms.ts";
import { windowsOf } from "./windows.ts";

const squeezed = (text: string) => text.replace(/\s+/gu, "");

describe("windows", () => {
  const anyText = fc.string({ unit: "grapheme", maxLength: 400 });

  it("hold the whole text, each within the limit", () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 8, max: 80 }), (text, limit) => {
        const windows = windowsOf(text, limit);
        expect(squeezed(windows.join(""))).toBe(squeezed(text));
        for (const window of windows) expect(Buffer.byteLength(window)).toBeLessThanOrEqual(limit);
      }),
    );
  });

  it("end with a sentence, in any script", () => {
    expect(windowsOf("One is here. Two is there. Three is away.", 28)).toEqual([
      "One is here. Two is there.",
      "Three is away.",
    ]);
    expect(windowsOf("人人生而自由。在尊严和权利上一律平等。", 30)).toEqual(
      ["人人生而自由。", "在尊严和权利上一律平等。"].flatMap((s) => windowsOf(s, 30)),
    );
    expect(windowsOf("सब मनुष्य समान हैं। वे स्वतंत्र हैं।", 60)).toEqual(["सब मनुष्य समान हैं।", "वे स्वतंत्र हैं।"]);
    expect(windowsOf('He said "Stop." Then he left.', 16)).toEqual(['He said "Stop."', "Then he left."]);
  });

  it("join short paragraphs", () => {
    expect(windowsOf("Tea\n\nSteep it.\n\nDrink it.", 20)).toEqual(["Tea\n\nSteep it.", "Drink it."]);
  });
});

describe("search terms", () => {
  it("are words with what they begin and end with", () => {
    expect(searchTerms("Inherited, don't!")).toEqual(["inherited", "inher<", ">ited", "dont"]);
  });

  it.each([
    ["Chinese", "人人自由", ["人", "人人", "人", "人自", "自", "自由", "由"]],
    ["Japanese", "茶を", ["茶", "茶を", "を"]],
    ["mixed", "PCR法", ["pcr", "法"]],
    ["Arabic with and without vowels", "مَدْرَسَة،", searchTerms("مدرسة")],
    ["Hindi with its full stop", "अधिकार।", searchTerms("अधिकार")],
    ["full-width letters", "ＡＢＣ", ["abc"]],
  ])("of %s", (_, text, terms) => {
    expect(searchTerms(text)).toEqual(terms);
  });

  it("do not depend on how a text was composed", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 40 }), (text) => {
        expect(searchTerms(text.normalize("NFD"))).toEqual(searchTerms(text.normalize("NFC")));
      }),
    );
  });
});

describe("a repetition", () => {
  const sentences = [
    "The tenant gives notice in writing one month before leaving the flat.",
    "A deposit is returned within three weeks unless there is damage to the rooms.",
    "Repairs that keep the flat habitable are paid for by the landlord alone.",
    "Pets are allowed where the lease does not forbid them in so many words.",
  ];

  it("is found wherever it was cut", () => {
    const index = createRepetitionIndex();
    expect(index.add(0, sentences.slice(0, 2).join(" "))).toBeUndefined();
    expect(index.add(0, sentences.slice(2).join(" "))).toBeUndefined();
    expect(index.add(1, sentences.slice(1, 3).join(" "))).toMatchObject({ original: 0 });
  });

  it("is found in other words here and there, in capitals and with other marks", () => {
    const index = createRepetitionIndex();
    index.add(0, sentences[1]!);
    expect(index.add(1, `${sentences[1]!.toUpperCase().replace("THREE", "3")}!!`)).toMatchObject({ original: 0 });
  });

  it("is found in Chinese", () => {
    const index = createRepetitionIndex();
    index.add(0, "租客应在离开前一个月书面通知房东，押金在三周内退还，除非房间有损坏。");
    expect(index.add(1, "租客应在离开前一个月书面通知房东。押金在三周内退还，除非房间有损坏")).toMatchObject({
      original: 0,
    });
  });

  it("is none of a new text, nor of the same document's next passage", () => {
    const index = createRepetitionIndex();
    for (const [d, sentence] of sentences.entries()) expect(index.add(d, sentence)).toBeUndefined();
    expect(index.add(4, "Rent is due on the third working day, and a reminder costs nothing.")).toBeUndefined();
  });

  it("never pushes out what came before it", () => {
    const text = fc.constantFrom(...sentences, "short", "another one");
    fc.assert(
      fc.property(fc.array(text, { maxLength: 6 }), text, (before, later) => {
        const kept = (texts: readonly string[]) => {
          const index = createRepetitionIndex();
          return texts.map((one, d) => index.add(d, one) === undefined);
        };
        expect(kept([...before, later]).slice(0, before.length)).toEqual(kept(before));
      }),
    );
  });
});
