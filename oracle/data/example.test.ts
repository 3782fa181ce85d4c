import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MAX_LABEL_LENGTH, MAX_TEXT_LENGTH } from "./checkedText.ts";
import { DataError } from "./errors.ts";
import type { Example } from "./example.ts";
import { canonicalBytes, exampleHash, imageExample, textExample } from "./example.ts";
import { decodeBatch, encodeBatch } from "./exampleBatch.ts";

const word = fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 }).filter((text) => text.trim() !== "");
const texts = fc.tuple(word, word).map(([input, label]) => textExample(input, label));
const images = fc
  .tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 }), fc.constantFrom(1, 3), word)
  .chain(([width, height, channels, label]) =>
    fc
      .uint8Array({ minLength: width * height * channels, maxLength: width * height * channels })
      .map((pixels) => imageExample({ width, height, channels, pixels }, label)),
  );

describe("a text example", () => {
  it.each([
    [3, "a", /the text is 3; .*string.*; write it in quotes/],
    [undefined, "a", /add a "text"/],
    ["", "a", /the text is blank/],
    [" \n", "a", /the text is blank/],
    ["x".repeat(MAX_TEXT_LENGTH + 1), "a", /65537 characters; .*65536.*; shorten/],
    ["half \ud83d", "a", /surrogate/],
    ["ok", 7, /the label is 7; .*; write it in quotes: "7"/],
    ["ok", null, /the label is null/],
    ["ok", "y".repeat(MAX_LABEL_LENGTH + 1), /129 characters; .*128/],
  ])("refuses text %j with label %j and says why", (input, label, message) => {
    expect(() => textExample(input, label)).toThrow(message);
    expect(() => textExample(input, label)).toThrow(DataError);
  });

  it("has RFC 8785 JSON of input, kind and label as canonical bytes", () => {
    const bytes = canonicalBytes(textExample('Say "é"\n\u0007', "greet", { domain: "talk" }));
    expect(Buffer.from(bytes).toString()).toBe('{"input":"Say \\"é\\"\\n\\u0007","kind":"text","label":"greet"}');
  });

  it("has a hash that other tools reproduce", () => {
    // printf '{"input":"my card is lost","kind":"text","label":"lost_card"}' | sha256sum
    expect(exampleHash(textExample("my card is lost", "lost_card"))).toBe(
      "0x2658048c6593c71f1ecc08c079716f0469828bc89e65d460c49e2082e32532b7",
    );
  });

  it("keeps its hash when only descriptive fields change", () => {
    expect(exampleHash(textExample("a", "b", { source: "x" }))).toBe(exampleHash(textExample("a", "b")));
  });
});

describe("an image example", () => {
  it("refuses pixels that do not fill its dimensions", () => {
    const input = { width: 2, height: 2, channels: 1, pixels: new Uint8Array(3) };
    expect(() => imageExample(input, "0")).toThrow("3 pixel bytes; 2 × 2 × 1 needs 4; pass every pixel");
  });

  it.each([
    [0, 1, 1],
    [1, 70_000, 1],
    [1, 1, 256],
    [1.5, 1, 1],
    [65_535, 65_535, 4],
  ])("refuses the size %d × %d × %d", (width, height, channels) => {
    expect(() => imageExample({ width, height, channels, pixels: new Uint8Array() }, "0")).toThrow(DataError);
  });

  it("has header, label and pixels as canonical bytes", () => {
    const image = imageExample({ width: 2, height: 1, channels: 1, pixels: Uint8Array.of(7, 255) }, "é");
    expect(Buffer.from(canonicalBytes(image)).toString("hex")).toBe(
      "4f4c4931" + "0002" + "0001" + "01" + "0002" + "c3a9" + "07ff",
    );
  });
});

describe("canonical bytes", () => {
  it("differ whenever input or label differ", () => {
    fc.assert(
      fc.property(fc.oneof(texts, images), fc.oneof(texts, images), (a, b) => {
        const same = a.kind === b.kind && a.label === b.label && JSON.stringify(a.input) === JSON.stringify(b.input);
        expect(exampleHash(a) === exampleHash(b)).toBe(same);
      }),
    );
  });
});

describe("a batch file", () => {
  it("gives back the examples that were put in", () => {
    const batches: fc.Arbitrary<Example[]> = fc.oneof(
      fc.array(texts, { minLength: 1, maxLength: 8 }),
      fc.array(images, { minLength: 1, maxLength: 8 }),
    );
    fc.assert(
      fc.property(batches, (batch) => {
        expect(decodeBatch(encodeBatch(batch), "batch")).toEqual(batch);
      }),
    );
  });

  it("is JSONL for text", () => {
    const file = Buffer.from(encodeBatch([textExample("a", "x"), textExample("b", "y")])).toString();
    expect(file).toBe('{"input":"a","kind":"text","label":"x"}\n{"input":"b","kind":"text","label":"y"}\n');
  });

  it("holds one kind, and at least one example", () => {
    const image = imageExample({ width: 1, height: 1, channels: 1, pixels: Uint8Array.of(0) }, "0");
    expect(() => encodeBatch([])).toThrow("an empty batch");
    expect(() => encodeBatch([textExample("a", "b"), image])).toThrow("a batch of several kinds");
  });

  it.each([
    ["another key order", '{"kind":"text","input":"a","label":"x"}\n'],
    ["white space", '{"input": "a","kind":"text","label":"x"}\n'],
    ["a needless escape", '{"input":"\\u0061","kind":"text","label":"x"}\n'],
    ["a duplicate key", '{"input":"z","input":"a","kind":"text","label":"x"}\n'],
    ["a missing line end", '{"input":"a","kind":"text","label":"x"}'],
    ["a blank line", "\n"],
    ["a blank label", '{"input":"a","kind":"text","label":" "}\n'],
    ["something else", "[1,2]\n"],
    ["nothing", ""],
  ])("refuses %s", (_, contents) => {
    expect(() => decodeBatch(Buffer.from(contents), "b.jsonl")).toThrow(/^b\.jsonl:1: /);
  });

  it("refuses every truncation of an image file, naming the record", () => {
    const image = imageExample({ width: 2, height: 2, channels: 1, pixels: Uint8Array.of(1, 2, 3, 4) }, "seven");
    const whole = encodeBatch([image, image]);
    const record = whole.length / 2;
    for (let length = 0; length < whole.length; length++) {
      if (length === record) continue; // exactly one record is a valid file
      const row = length < record ? 1 : 2;
      expect(() => decodeBatch(whole.subarray(0, length), "b.oli")).toThrow(`b.oli:${row}: `);
    }
  });
});
