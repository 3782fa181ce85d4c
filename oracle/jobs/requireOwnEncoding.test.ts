import { describe, expect, it } from "vitest";
import { rowExample, textExample } from "../data/example.ts";
import { requireOwnEncoding } from "./requireOwnEncoding.ts";
import { encodingOf } from "./trainingData.ts";
import { planSchema } from "./versionFiles.ts";

const train = [
  { examples: [rowExample({ age: 0.1, job: "clerk" }, "no"), rowExample({ age: 0.2 }, "yes")] },
  { examples: [rowExample({ age: 0.7, job: "nurse" }, "yes")] },
];
const encoding = encodingOf(train.flatMap(({ examples }) => examples));

describe("the encoding in a plan", () => {
  it("is the one that the training data give, also when it was read from a file", () => {
    const read = planSchema.shape.encoding.parse(JSON.parse(JSON.stringify(encoding)));
    expect(() => requireOwnEncoding({ encoding: read }, train)).not.toThrow();
    expect(() => requireOwnEncoding({ encoding: "hashed-ngrams/1" }, [])).not.toThrow();
  });

  it("is refused with a mean of somebody's own, and for other data", () => {
    const bent = JSON.parse(JSON.stringify(encoding).replace(/"mean":[^,]*/u, '"mean":0.3')) as typeof encoding;
    expect(() => requireOwnEncoding({ encoding: bent }, train)).toThrow(/not the one that the training data give/u);
    expect(() => requireOwnEncoding({ encoding }, train.slice(1))).toThrow(/not the one/u);
  });

  it("cannot be made of several kinds of examples, or with a base that reads texts", () => {
    expect(() => encodingOf([...train[0]!.examples, textExample("x", "no")])).toThrow(/one kind of examples/u);
    expect(() => encodingOf(train[0]!.examples, "bafkrei")).toThrow(/reads texts/u);
  });
});
