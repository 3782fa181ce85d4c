import { describe, expect, it } from "vitest";
import { randomStream } from "../../numerics/random.ts";
import { rowExample } from "../example.ts";
import { gibberish, nearDuplicate } from "./alter.ts";

describe("an altered row", () => {
  const row = rowExample({ age: 40, income: 50_000, job: "clerk" }, "yes");

  it("is nearly the same as a near-duplicate, and as valid", () => {
    const { input, label } = nearDuplicate(row, randomStream(1, 0)) as typeof row;
    expect(rowExample(input, label)).toMatchObject({ input, label: "yes" });
    expect(input).not.toEqual(row.input);
    expect(input).toMatchObject({ age: expect.closeTo(40, 0), job: "clerk" });
  });

  it("has the same columns and no meaning as gibberish", () => {
    const { kind, input, label } = gibberish(row, "no", randomStream(1, 0));
    expect(rowExample(input, label)).toMatchObject({ kind, label: "no" });
    expect(Object.keys(input)).toEqual(Object.keys(row.input));
    expect(Object.values(input).map((value) => typeof value)).toEqual(["number", "number", "string"]);
  });
});
