import { describe, expect, it } from "vitest";
import { characterVocabulary, decodeCharacters, encodeCharacters } from "./characters.ts";
import { DataError } from "./errors.ts";
import { textExample } from "./example.ts";
import { passagesOf } from "./passages.ts";

describe("characters", () => {
  const vocabulary = characterVocabulary(["b𝄞a", "a\n"]);

  it("are numbered in the order of their code points, beyond 16 bits too", () => {
    expect(vocabulary).toEqual(["\n", "a", "b", "𝄞"]);
    expect([...encodeCharacters(vocabulary, "𝄞ab")]).toEqual([3, 1, 2]);
  });

  it("come back from their numbers", () => {
    const text = "ab\n𝄞𝄞a";
    expect(decodeCharacters(vocabulary, encodeCharacters(vocabulary, text))).toBe(text);
  });

  it("that are unknown are named", () => {
    expect(() => encodeCharacters(vocabulary, "abc")).toThrow(DataError);
    expect(() => encodeCharacters(vocabulary, "abc")).toThrow(/"c".*4 characters/su);
  });
});

describe("passages", () => {
  it("join speeches until they are long enough and leave the rest out", () => {
    const speeches = [
      textExample("Who's there?", "A"),
      textExample("Nay.", "B"),
      textExample("Ay.", "A"),
      textExample("O.", "C"),
    ];
    expect(passagesOf(speeches, 20)).toEqual([{ text: "A:\nWho's there?\n\nB:\nNay.\n\n", speakers: ["A", "B"] }]);
    expect(passagesOf(speeches, 5).map(({ speakers }) => speakers)).toEqual([["A"], ["B"], ["A"], ["C"]]);
  });
});
