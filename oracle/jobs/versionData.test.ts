import { describe, expect, it } from "vitest";
import { QUALITY_ROWS_PER_CONTRIBUTOR } from "../attribution/judge/qualityFolds.ts";
import { InputError } from "../common/errors.ts";
import { imageExample, textExample, type Example } from "../data/example.ts";
import { encodeInputs, encodingOf, inputOf } from "./trainingData.ts";
import type { Registered } from "./indexedDatanets.ts";
import { qualityRows, versionData } from "./versionData.ts";

const plan = { labels: ["refund", "transfer"], encoding: "hashed-ngrams/1" } as Parameters<typeof versionData>[0];

function contributed(
  contributionId: bigint,
  examples: readonly Example[],
  { datanetId = 1n, contributor = "0xa" } = {},
): Registered<Example> {
  return { contribution: { contributionId, datanetId, contributor }, examples };
}

const question = textExample("How do I send money to my landlord every month?", "transfer");
const answerKey = textExample("Where is the money that the shop promised to return?", "refund");
const other = textExample("Cancel the standing order.", "transfer");

describe("the rows of a version", () => {
  it("leave out copies of the quality data, under any label and any spelling", () => {
    const copies = [
      answerKey,
      textExample(answerKey.input, "transfer"),
      textExample(` ${answerKey.input.toUpperCase()} `, "refund"),
    ];
    const data = versionData(plan, [1n], [contributed(1n, [...copies, question])], [contributed(2n, [answerKey])]);
    expect(data.duplicates).toBe(copies.length);
    expect([...data.training.contributionOfRow]).toEqual([0]);
    expect([...data.training.rows.labels]).toEqual([1]);
    expect(qualityRows(data).labels.length).toBe(1);
  });

  it("belong to the contribution that was registered first", () => {
    const data = versionData(
      plan,
      [1n],
      [contributed(1n, [question]), contributed(5n, [question, other])],
      [contributed(9n, [answerKey])],
    );
    expect([...data.training.contributionOfRow]).toEqual([0, 1]);
    expect(data.duplicates).toBe(1);
  });

  it("need a quality set, of one Datanet at least", () => {
    expect(() => versionData(plan, [1n], [contributed(1n, [question])], [])).toThrow(InputError);
    const data = versionData(
      plan,
      [1n, 2n],
      [contributed(1n, [question])],
      [contributed(2n, [answerKey], { datanetId: 2n })],
    );
    expect(data.datanets.map(({ quality }) => quality?.labels.length)).toEqual([undefined, 1]);
    expect(data.datanets.map(({ contributionIds }) => contributionIds)).toEqual([[1n], []]);
  });

  it("are numbered Datanet after Datanet, in whatever order people registered", () => {
    const data = versionData(
      plan,
      [3n, 7n],
      [
        contributed(1n, [question], { datanetId: 7n }),
        contributed(2n, [other], { datanetId: 3n }),
        contributed(4n, [textExample("Send it to my sister.", "transfer")], { datanetId: 7n }),
      ],
      [contributed(9n, [answerKey], { datanetId: 3n })],
    );
    expect(data.datanets.map(({ contributionIds }) => contributionIds)).toEqual([[2n], [1n, 4n]]);
    expect([...data.training.contributionOfRow]).toEqual([1, 0, 2]);
  });

  it("are not pushed out by the quality data of another Datanet that copies them, but by what it had before", () => {
    const copy = (id: bigint) => contributed(id, [question], { datanetId: 2n });
    const train = [contributed(5n, [question])];
    const own = contributed(8n, [answerKey]);
    expect(versionData(plan, [1n, 2n], train, [copy(6n), own]).duplicates).toBe(0);
    expect(versionData(plan, [1n, 2n], train, [copy(4n), own]).duplicates).toBe(1);
    const curated = contributed(9n, [question]);
    expect(versionData(plan, [1n, 2n], train, [own, curated]).duplicates).toBe(1);
  });

  it("are judged by so many rows of one contributor at most, the first ones", () => {
    const rows = Array.from({ length: QUALITY_ROWS_PER_CONTRIBUTOR + 3 }, (_, i) =>
      textExample(answerKey.input, i < QUALITY_ROWS_PER_CONTRIBUTOR ? "refund" : "transfer"),
    );
    const data = versionData(
      plan,
      [1n],
      [contributed(1n, [question])],
      [
        contributed(2n, rows.slice(0, 10)),
        contributed(3n, rows.slice(10)),
        contributed(4n, [answerKey], { contributor: "0xb" }),
      ],
    );
    const { labels } = qualityRows(data);
    expect(labels.length).toBe(QUALITY_ROWS_PER_CONTRIBUTOR + 1);
    expect(labels.every((label) => label === 0)).toBe(true);
  });
});

describe("vectors of a base as a network's input", () => {
  const encoding = encodingOf([textExample("x", "a")], "bafkreifo5d6w3y5k7h7l2qwdlrvc6iixqj2jp5zqvgvqmbyxgxur5ft2om");
  const base = { dimension: 4, encode: () => Float32Array.of(1, 0, 0, 0) };

  it("are scaled to elements whose mean square is 1", () => {
    expect(encodeInputs(encoding, [textExample("x", "a")], base)).toEqual({
      ...{ kind: "dense", width: 4 },
      values: Float32Array.of(2, 0, 0, 0),
    });
    expect(inputOf(encoding, [], base)).toEqual({ kind: "dense", width: 4 });
  });

  it("are made of texts alone, by a base that is open", () => {
    const image = imageExample({ width: 1, height: 1, channels: 1, pixels: new Uint8Array(1) }, "one");
    expect(() => encodingOf([image], "bafkrei")).toThrow(/reads texts/u);
    expect(() => encodeInputs(encoding, [textExample("x", "a")])).toThrow(/was not opened/u);
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
