import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalJson, hashCanonicalJson, type Json } from "./canonicalJson.ts";
import { MalformedError } from "./errors.ts";
import { keccakText } from "./keccak.ts";

describe("canonical JSON", () => {
  it("refuses what has no canonical form, and says where", () => {
    for (const value of [undefined, NaN, Infinity, 1n, "\ud800", new Date(0), new Map(), () => 1]) {
      expect(() => canonicalJson({ list: [1, value] } as unknown as Json)).toThrow(MalformedError);
      expect(() => canonicalJson({ list: [1, value] } as unknown as Json)).toThrow(/\$\.list\[1\]/);
    }
  });

  it("orders keys by UTF-16 code units, as RFC 8785 shows", () => {
    const value = { "\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\ud83d\ude00": 5, "\u0080": 6, "\u00f6": 7 };
    expect(canonicalJson(value)).toBe('{"\\r":2,"1":4,"\u0080":6,"\u00f6":7,"\u20ac":1,"\ud83d\ude00":5,"\ufb33":3}');
  });

  it("writes numbers and strings as RFC 8785 shows", () => {
    const numbers = [333333333.33333329, 1e30, 4.5, 2e-3, 0.000000000000000000000000001, -0];
    expect(canonicalJson(numbers)).toBe("[333333333.3333333,1e+30,4.5,0.002,1e-27,0]");
    expect(canonicalJson('\u20ac$\u000f\nA\'B"\\"/')).toBe('"\u20ac$\\u000f\\nA\'B\\"\\\\\\"/"');
  });

  it("is one text for one value, whatever the order of its keys, and JSON", () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: "grapheme" }), (value) => {
        const text = canonicalJson(value as Json);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(canonicalJson(JSON.parse(text) as Json)).toBe(text);
        expect(hashCanonicalJson(value as Json)).toBe(keccakText(text));
      }),
    );
    expect(canonicalJson({ b: [], a: {} })).toBe(canonicalJson({ a: {}, b: [] }));
  });
});
