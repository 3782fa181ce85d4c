import { describe, expect, it } from "vitest";
import { InputError } from "../common/errors.ts";
import { imageExample, textExample, type Example } from "../data/example.ts";
import type { Contribution } from "../store/protocolView.ts";
import { encodeInputs } from "./trainingData.ts";
import { type ContributedExamples, versionData } from "./versionData.ts";

const plan = { labels: ["refund", "transfer"], encoding: "hashed-ngrams/1" } as Parameters<typeof versionData>[0];

function contributed(contributionId: bigint, examples: readonly Example[]): ContributedExamples {
  const contribution = { contributionId } as Contribution;
  return { contribution, examples };
}

const question = textExample("How do I send money to my landlord every month?", "transfer");
const answerKey = textExample("Where is the money that the shop promised to return?", "refund");

describe("the rows of a version", () => {
  it("leave out copies of the quality data, under any label and any spelling", () => {
    const copies = [
      answerKey,
      textExample(answerKey.input, "transfer"),
      textExample(` ${answerKey.input.toUpperCase()} `, "refund"),
    ];
    const data = versionData(plan, [contributed(1n, [...copies, question])], [contributed(2n, [answerKey])]);
    expect(data.duplicates).toBe(copies.length);
    expect([...data.training.contributionOfRow]).toEqual([0]);
    expect([...data.training.rows.labels]).toEqual([1]);
    expect(data.quality.labels.length).toBe(1);
  });

  it("belong to the contribution that was registered first", () => {
    const data = versionData(
      plan,
      [contributed(1n, [question]), contributed(5n, [question, textExample("Cancel the standing order.", "transfer")])],
      [contributed(9n, [answerKey])],
    );
    expect([...data.training.contributionOfRow]).toEqual([0, 1]);
    expect(data.duplicates).toBe(1);
  });

  it("need a quality set", () => {
    expect(() => versionData(plan, [contributed(1n, [question])], [])).toThrow(InputError);
  });
});

describe("images as a network's input", () => {
  const image = (width: number, height: number) =>
    imageExample({ width, height, channels: 1, pixels: new Uint8Array(width * height).fill(255) }, "one");

  it("are rows of pixels between 0 and 1", () => {
    const inputs = encodeInputs("grey-image/1", [image(2, 3), image(2, 3)]);
    expect(inputs).toMatchObject({ kind: "dense", width: 6 });
    expect(inputs.kind === "dense" && [...inputs.values]).toEqual(new Array(12).fill(1));
  });

  it("are refused when one is smaller, larger or of another shape", () => {
    for (const other of [image(2, 2), image(4, 4), image(3, 2)]) {
      expect(() => encodeInputs("grey-image/1", [image(2, 3), other])).toThrow(/another size/);
    }
  });
});
