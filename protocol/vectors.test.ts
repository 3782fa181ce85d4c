import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { allVectors } from "../test/vectors/generate.ts";

const folder = new URL("../test/vectors/", import.meta.url);

describe("golden vectors", () => {
  const computed = allVectors();

  it("are all computed", () => {
    const files = readdirSync(folder).filter((file) => file.endsWith(".json"));
    expect(files.sort()).toEqual(Object.keys(computed).map((name) => `${name}.json`));
  });

  it.each(Object.keys(computed))("of %s are what the code computes", (name) => {
    expect(JSON.parse(readFileSync(new URL(`${name}.json`, folder), "utf8"))).toEqual(computed[name]);
  });
});
