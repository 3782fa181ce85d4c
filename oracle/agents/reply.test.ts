import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { replyOf } from "./reply.ts";

const PROMPT = "To {desk}: {label} ({confidence})\n{labels}\n{passages}\n{unknown}";
const passage = (text: string, share: number, title = "") => ({
  contributionId: "7",
  contributor: "0x",
  title,
  text,
  source: "",
  share,
  similarity: 0,
});

describe("an agent's reply", () => {
  it("goes to the desk that is surest, and quotes the passages with the largest shares", () => {
    const reply = replyOf({ prompt: PROMPT, quotes: 1 }, [
      { tool: "law", answer: { label: "lease", confidence: 300_000 } },
      { tool: "clinic", answer: { label: "hours", confidence: 998_000 } },
      {
        tool: "handbook",
        answer: { passages: [passage("Seldom.", 100_000), passage("Open at nine.", 900_000, "Hours")] },
      },
    ]);
    expect(reply).toBe(
      "To clinic: hours (99.8 %)\nlaw: lease (30.0 %)\nclinic: hours (99.8 %)\nOpen at nine. [1: Hours, contribution 7]\n{unknown}",
    );
  });

  it("says that a person has to answer where nothing was contributed", () => {
    expect(replyOf({ prompt: "{desk}/{label}: {passages}", quotes: 2 }, [])).toMatch(/^none\/unknown: .*a person/u);
  });

  it("never reads words in braces that a model has said", () => {
    const word = fc.constantFrom("{desk}", "{label}", "{passages}", "$&", "$1", "{labels}");
    fc.assert(
      fc.property(word, (said) => {
        const findings = [
          { tool: "clinic", answer: { label: said, confidence: 1 } },
          { tool: "handbook", answer: { passages: [passage(said, 1)] } },
        ];
        expect(replyOf({ prompt: "{label}|{passages}", quotes: 1 }, findings)).toBe(
          `${said}|${said} [1: contribution 7]`,
        );
      }),
    );
  });
});
