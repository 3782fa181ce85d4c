import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { printable, printableJson, printableLines, withPrintableStrings } from "./printable.ts";

/** What no terminal may get from a stranger: C0, DEL, C1, bidirectional controls, what takes no room, half characters. */
const FORBIDDEN =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u115f\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\ufff9-\ufffb]|\p{Cs}|[\u{e0000}-\u{e0fff}]/u;

describe("a stranger's text", () => {
  it.each([
    ["an escape sequence", "\u001b[2J\u001b[31mgone", "\\u001b[2J\\u001b[31mgone"],
    ["the eight-bit escape", "\u009b2J", "\\u009b2J"],
    ["a forged row", "Good\n  9  Forged", "Good\\n  9  Forged"],
    ["a row written over", "Good\rEvil\tx\b", "Good\\rEvil\\tx\\u0008"],
    ["a turned direction", "txt.\u202efdp", "txt.\\u202efdp"],
    ["an isolate", "\u2066a\u2069", "\\u2066a\\u2069"],
    ["what takes no room", "pay\u200bpal\ufeff", "pay\\u200bpal\\ufeff"],
    ["a hidden message in tags", "a\u{e0041}", "a\\u{e0041}"],
    ["half a character", "a\ud800b", "a\\ud800b"],
    ["line ends of other alphabets", "a\u2028b\u2029", "a\\u2028b\\u2029"],
  ])("shows %s escaped", (_, text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  it.each(["plain", "Größe «ψ» 名前 עברית العربية", "👍🏽", "a\\b", "é e\u0301", ""])("is shown as it is: %s", (text) => {
    expect(printable(text)).toBe(text);
  });

  it("never deceives, whatever it is", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.array(fc.nat(0xff_ff)), (text, units) => {
        for (const any of [text, String.fromCharCode(...units)]) {
          expect(printable(any)).not.toMatch(FORBIDDEN);
          expect(printable(printable(any))).toBe(printable(any));
          expect(printableLines(any).replaceAll("\n", "")).not.toMatch(FORBIDDEN);
        }
      }),
    );
  });

  it("is the same in JSON, which says it without deceiving", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string({ unit: "binary" }), (value, text) => {
        for (const indent of [0, 2]) {
          const json = printableJson(JSON.stringify({ value, text }, null, indent));
          expect(json.replaceAll("\n", "")).not.toMatch(FORBIDDEN);
          expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify({ value, text })));
        }
      }),
    );
  });

  it("is found at every depth", () => {
    const value = { a: ["\n", { "b\n": new Map([["c\n", "\u001b"]]) }], n: 7n, u: undefined, d: new Date(0) };
    expect(withPrintableStrings(value)).toEqual({
      a: ["\\n", { "b\\n": new Map([["c\\n", "\\u001b"]]) }],
      n: 7n,
      u: undefined,
      d: new Date(0),
    });
  });
});
