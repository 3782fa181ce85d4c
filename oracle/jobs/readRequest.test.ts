import { describe, expect, it } from "vitest";
import { InputError } from "../common/errors.ts";
import { rowExample } from "../data/example.ts";
import type { RowInput } from "../data/tabular/rowInput.ts";
import { defaultRecipe } from "./defaultRecipe.ts";
import { readRequest } from "./readRequest.ts";
import { encodingOf, inputOf } from "./trainingData.ts";

const rows = [
  rowExample({ age: 20, job: "clerk" }, "no"),
  rowExample({ age: 40, job: "nurse", size: "large" }, "yes"),
  rowExample({ age: 30, size: 3 }, "yes"),
];
const encoding = encodingOf(rows);
const plan = {
  encoding,
  recipe: defaultRecipe(inputOf(encoding, rows), 2, { seed: 1, members: 1, epochs: 1 }, "row"),
};
const ask = (input: RowInput) => readRequest(plan, { kind: "row", input });

function refusalOf(input: RowInput): string {
  try {
    ask(input);
  } catch (error) {
    if (error instanceof InputError) return error.describe();
    throw error;
  }
  throw new TypeError("the question is taken");
}

describe("a question to a version on rows", () => {
  it("states what the version knows, and leaves out what is missing", () => {
    const asked: RowInput[] = [{ age: 39, job: "nurse" }, { job: "clerk" }, { size: 3 }, { size: "large" }];
    for (const input of asked) {
      expect(ask(input)).toEqual({ kind: "row", input });
    }
  });

  it.each<[string, RowInput, string, string, string | RegExp]>([
    ["an unknown column", { agee: 39 }, "the model reads no such column", "agee", "age, job, size"],
    ["a name that objects inherit", { toString: 1 }, "the model reads no such column", "toString", "age, job, size"],
    ["an unknown category", { job: "pilot" }, "does not know this value", "job: pilot", "clerk, nurse"],
    ["a category in a column of numbers", { age: "old" }, "does not know this value", "age: old", "a number"],
    ["a category among both", { size: "small" }, "does not know this value", "size: small", "a number, or large"],
    ["a number in a column of categories", { job: 7 }, "has categories, not numbers", "job: 7", "clerk, nurse"],
    ["a number out of range", { age: 1e9 }, "far from all", "age: 1000000000", / to 846\.49/u],
  ])("is refused with %s: value, limit and remedy", (_, input, message, value, limit) => {
    const said = refusalOf(input);
    expect(said).toContain(message);
    expect(said).toContain(value);
    expect(said).toMatch(limit);
    expect(said).toContain("leave the column out");
  });

  it("is refused as a text", () => {
    expect(() => readRequest(plan, { kind: "text", input: "39, nurse" })).toThrow(/another kind of question/u);
  });

  it("is refused by a version on texts", () => {
    const texts = { ...plan, encoding: "hashed-ngrams/1" as const };
    expect(() => readRequest(texts, { kind: "row", input: { age: 39 } })).toThrow(/another kind of question/u);
  });
});
