import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DataError } from "../errors.ts";
import { canonicalBytes, exampleHash, textExample } from "../example.ts";
import { decodeBatch, encodeBatch } from "../exampleBatch.ts";
import { documentExample, MAX_DOCUMENT_LENGTH, pairExample } from "./written.ts";

const document = { title: "Tea", text: "Green tea is steeped at 80 degrees.", language: "en", source: "tea.md" };
const pair = { question: "How hot?", passage: "Steep it at 80 degrees.", language: "en", source: "tea.md" };

describe("a document", () => {
  it.each([
    [{ text: undefined }, /add a "text"/u],
    [{ text: " \n" }, /the text is blank/u],
    [{ text: "x".repeat(MAX_DOCUMENT_LENGTH + 1) }, /1048577 characters; .*shorten it or split/u],
    [{ title: 7 }, /the title is 7/u],
    [{ title: "half \ud83d" }, /surrogate/u],
    [{ language: "English!" }, /the language is "English!"; .*en, zh-Hant or und/u],
    [{ language: undefined }, /the language is undefined/u],
    [{ source: "" }, /the source is blank/u],
  ])("is refused with %j, and says why", (change, message) => {
    expect(() => documentExample({ ...document, ...change })).toThrow(DataError);
    expect(() => documentExample({ ...document, ...change })).toThrow(message);
  });

  it("may do without a title", () => {
    expect(documentExample({ ...document, title: "" }).title).toBe("");
  });

  it("has RFC 8785 JSON as canonical bytes, and a hash that other tools reproduce", () => {
    const example = documentExample(document, { page: "3" });
    expect(Buffer.from(canonicalBytes(example)).toString()).toBe(
      '{"kind":"document","language":"en","source":"tea.md","text":"Green tea is steeped at 80 degrees.","title":"Tea"}',
    );
    // printf '…the text above…' | sha256sum
    expect(exampleHash(example)).toBe("0xed888b107735b2390f00eb3319fc84f060342534ebb458ee3d0e88e97c53faca");
  });
});

describe("a pair", () => {
  it("is refused without a question or a passage", () => {
    expect(() => pairExample({ ...pair, question: "" })).toThrow(/the question is blank/u);
    expect(() => pairExample({ ...pair, passage: undefined })).toThrow(/add a "passage"/u);
  });

  it("has RFC 8785 JSON as canonical bytes", () => {
    expect(Buffer.from(canonicalBytes(pairExample(pair))).toString()).toBe(
      '{"kind":"pair","language":"en","passage":"Steep it at 80 degrees.","question":"How hot?","source":"tea.md"}',
    );
  });
});

describe("a batch of documents or pairs", () => {
  const text = fc.string({ unit: "grapheme", minLength: 1, maxLength: 30 }).filter((value) => value.trim() !== "");
  const fields = fc.tuple(text, text, text);

  it("is read as it was written", () => {
    fc.assert(
      fc.property(fc.array(fields, { minLength: 1, maxLength: 5 }), fc.boolean(), (rows, asPairs) => {
        const examples = rows.map(([one, two, source]) =>
          asPairs
            ? pairExample({ question: one, passage: two, language: "und", source })
            : documentExample({ title: one, text: two, language: "und", source }),
        );
        expect(decodeBatch(encodeBatch(examples), "batch")).toEqual(examples);
      }),
    );
  });

  it("holds one kind only", () => {
    expect(() => encodeBatch([documentExample(document), pairExample(pair)])).toThrow(/a batch of several kinds/u);
    expect(() => encodeBatch([documentExample(document), textExample("a", "b")])).toThrow(/several kinds/u);
  });

  it.each([
    ['{"kind":"document","language":"en","source":"s","text":"t"}', /title|canonical/u],
    ['{"kind":"document","language":"en","source":"s","text":"t","title":"","more":1}', /not in canonical form/u],
    ['{"kind":"pair","language":"en","passage":"p","source":"s"}', /add a "question"/u],
    ["[1]", /add a "text"|canonical/u],
  ])("refuses the line %s", (line, message) => {
    expect(() => decodeBatch(Buffer.from(`${line}\n`), "batch")).toThrow(message);
  });
});
