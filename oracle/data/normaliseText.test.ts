import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { normaliseText } from "./normaliseText.ts";

describe("normaliseText", () => {
  it("lowers case, folds compatibility forms and joins words by one space", () => {
    expect(normaliseText("  PANIC,\tat the (ＦＵＬＬ) moon… ﬁnally! ")).toBe("panic at the full moon finally");
  });

  it("joins what an apostrophe split, whichever apostrophe it was", () => {
    expect(normaliseText("don't DON’T donʼt")).toBe("dont dont dont");
  });

  it("removes invisible characters that would make a copy look new", () => {
    expect(normaliseText("pass\u200bword so\u00adft \ufefftext\u2060")).toBe("password soft text");
  });

  it("composes accents", () => {
    expect(normaliseText("e\u0301te\u0301")).toBe("\u00e9t\u00e9");
  });

  it("keeps letters of other scripts", () => {
    expect(normaliseText("日本語、ВЕТЕР; ألف")).toBe("日本語 ветер ألف");
  });

  it("leaves nothing of punctuation, emoji shapes and lone surrogates", () => {
    expect(normaliseText("?! … — € → \ud800 ★")).toBe("");
  });

  it("is idempotent", () => {
    const text = fc.string({ unit: "binary", maxLength: 40 });
    fc.assert(
      fc.property(text, (value) => {
        const once = normaliseText(value);
        expect(normaliseText(once)).toBe(once);
      }),
      { numRuns: 2000 },
    );
  });

  it("never yields edge spaces, double spaces or capitals", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 60 }), (value) => {
        const text = normaliseText(value);
        expect(text).toBe(text.trim());
        expect(text).not.toMatch(/ {2}|[A-Z'"<>]/);
      }),
    );
  });
});
