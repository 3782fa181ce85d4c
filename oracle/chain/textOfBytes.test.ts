import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { textOfBytes } from "./textOfBytes.ts";

const bytesOf = (hex: string) => Uint8Array.from(Buffer.from(hex, "hex"));
const utf8 = (text: string) => new TextEncoder().encode(text);

/** The bytes again, as docs/architecture.md says. */
function unescaped(text: string): Uint8Array {
  const parts = text.split(/(\\x[0-9a-f]{2})/u);
  return Buffer.concat(parts.map((part, i) => (i % 2 === 0 ? utf8(part) : bytesOf(part.slice(2)))));
}

/** Bytes among which the beginnings and ends of characters, backslashes and escapes are frequent. */
const anyBytes = fc.oneof(
  fc.uint8Array({ maxLength: 64 }),
  fc
    .array(
      fc.constantFrom("00", "5c", "78", "5c783030", "ff", "c3", "a9", "e2", "82", "ac", "eda080", "f09f9880", "efbbbf"),
    )
    .map((parts) => bytesOf(parts.join(""))),
);

describe("the text of bytes from the chain", () => {
  it.each([
    ["ASCII", utf8("ipfs://bafkrei"), "ipfs://bafkrei"],
    ["other scripts", utf8("né 日本 😀"), "né 日本 😀"],
    ["a byte order mark", bytesOf("efbbbf61"), "\ufeffa"],
    ["NUL", utf8("a\0b"), "a\\x00b"],
    ["a backslash", utf8("a\\x00b"), "a\\x5cx00b"],
    ["a byte that begins no character", bytesOf("61ff62"), "a\\xffb"],
    ["half a surrogate", bytesOf("eda080"), "\\xed\\xa0\\x80"],
    ["a character that ends too early", bytesOf("e28261"), "\\xe2\\x82a"],
    ["a character that is longer than it need be", bytesOf("c0af"), "\\xc0\\xaf"],
    ["a code point beyond the last", bytesOf("f4908080"), "\\xf4\\x90\\x80\\x80"],
  ])("of %s", (_, bytes, text) => {
    expect(textOfBytes(bytes)).toBe(text);
  });

  it("can be held by every database and in JSON, and gives the bytes again", () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        const text = textOfBytes(bytes);
        expect(text).not.toMatch(/[\0\p{Surrogate}]/u);
        expect(Buffer.compare(unescaped(text), bytes)).toBe(0);
      }),
      { numRuns: 2_000 },
    );
  });

  it("is the text itself where it is UTF-8 without NUL and backslash", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        fc.pre(!/[\0\\]/u.test(text));
        expect(textOfBytes(utf8(text))).toBe(text);
      }),
    );
  });
});
