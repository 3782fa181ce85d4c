import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TINY_VOCABULARY } from "./testing/tinyBert.ts";
import { createWordPiece } from "./wordPiece.ts";

const tokenizer = createWordPiece(TINY_VOCABULARY);
const pieces = (text: string) => tokenizer.tokens(text).map((id) => TINY_VOCABULARY[id]!);

/** Any code points, lone surrogates among them. */
const anyText = fc
  .array(fc.oneof(fc.integer({ min: 0, max: 0x10ffff }), fc.integer({ min: 0x20, max: 0x7e })), { maxLength: 20 })
  .map((codePoints) => String.fromCodePoint(...codePoints));

describe("WordPiece", () => {
  it("needs the pieces that stand for begin, end and unknown", () => {
    for (const special of ["[CLS]", "[SEP]", "[UNK]"]) {
      expect(() => createWordPiece(TINY_VOCABULARY.filter((piece) => piece !== special))).toThrow("not one of BERT's");
    }
  });

  it.each([
    ["a word by its longest pieces", "watered unknown", ["water", "##ed", "un", "##known"]],
    ["lower case and without accents", "The CAFÉ, naïve!", ["the", "cafe", ",", "naive", "!"]],
    ["an accent of its own or composed alike", "cafe\u0301 caf\u00e9", ["cafe", "cafe"]],
    ["ideographs one by one, kana not", "東京ア アア", ["東", "京", "ア", "[UNK]"]],
    ["punctuation one by one", "don't...", ["d", "##o", "##n", "'", "t", ".", ".", "."]],
    ["a word with a letter that nothing begins as unknown", "water\u0e44 cold", ["[UNK]", "cold"]],
    ["a word with a letter that nothing goes on with as unknown", "water# ββ α", ["water", "[UNK]", "[UNK]", "α"]],
    ["no word longer than 100 letters", `${"a".repeat(101)} ${"a".repeat(3)}`, ["[UNK]", "a", "##a", "##a"]],
    ["nothing invisible", "wa\u200bt\u00ader\u0000 \ufeffcold\ufffd", ["water", "cold"]],
    ["spaces of every kind", "the\u00a0cold\u3000water\t\n\u2028the", ["the", "cold", "water", "the"]],
    ["the two forms of a capital with a dot", "\u0130", ["i"]],
    ["an empty text", " \n", []],
    ["half of a surrogate pair as nothing", "co\ud800ld", ["cold"]],
  ])("reads %s", (_, text, expected) => {
    expect(pieces(text)).toEqual(expected);
  });

  it("reads any text to numbers of the vocabulary, and words apart as they are read together", () => {
    fc.assert(
      fc.property(anyText, anyText, (a, b) => {
        const ids = tokenizer.tokens(`${a} ${b}`);
        expect(ids.every((id) => TINY_VOCABULARY[id] !== undefined)).toBe(true);
        expect(ids).toEqual([...tokenizer.tokens(a), ...tokenizer.tokens(b)]);
      }),
    );
  });
});
