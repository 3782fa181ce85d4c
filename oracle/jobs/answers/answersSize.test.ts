import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildLibrary } from "../../data/written/library.ts";
import { documentExample, pairExample } from "../../data/written/written.ts";
import { answersPlan } from "./answersPlan.ts";
import { answersSize } from "./answersSize.ts";

const about = (text: string) => documentExample({ text, language: "en", source: "s" });
const pair = (question: string, passage: string) => pairExample({ question, passage, language: "en", source: "s" });
const { recipe } = answersPlan({ seed: 1, epochs: 3 });

describe("the size of training a version that answers with passages", () => {
  it("counts passages and questions, without repetitions", () => {
    const tea = "Green tea is steeped for two minutes in water that does not boil any more.";
    const library = buildLibrary(
      [[about(tea), pair("How long is green tea steeped?", tea)], [about(tea)]],
      () => false,
    );
    const size = answersSize(recipe, library);
    expect(size).toEqual({ rows: 2n, parameters: 1_024n * 1_024n, epochs: 3n, members: 1n });
  });

  it("is never nothing where there is something to read", () => {
    const counts = fc.record({ passages: fc.integer({ min: 1, max: 50 }), lessons: fc.nat(50), epochs: fc.nat(9) });
    fc.assert(
      fc.property(counts, ({ passages, lessons, epochs }) => {
        const size = answersSize(
          { ...recipe, epochs },
          {
            passages: Array.from({ length: passages }, () => ({ contribution: 0, title: "", text: "", source: "" })),
            lessons: Array.from({ length: lessons }, () => ({ contribution: 0, question: "", passage: "" })),
          },
        );
        expect(size.rows * size.parameters * size.epochs * size.members).toBeGreaterThan(0n);
      }),
    );
  });
});
