import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { loadFolder } from "./loadFolder.ts";
import { normaliseText } from "./normaliseText.ts";

describe.each(["health", "law"])("the demo Datanet %s", (field) => {
  const dataset = loadFolder(resolve(import.meta.dirname, "../../examples", field));
  const splits = [dataset.train, dataset.quality, dataset.test];

  it("has ten balanced labels in every split", () => {
    expect(dataset.labels).toHaveLength(10);
    for (const split of splits) {
      const counts = dataset.labels.map((label) => split.filter((example) => example.label === label).length);
      expect(new Set(counts).size).toBe(1);
    }
    expect(dataset.train.length).toBeGreaterThanOrEqual(400);
    expect(dataset.quality.length).toBeGreaterThanOrEqual(80);
    expect(dataset.test.length).toBeGreaterThanOrEqual(80);
  });

  it("repeats no text, within a split or between two", () => {
    const texts = splits.flat().map((example) => (example.kind === "text" ? normaliseText(example.input) : ""));
    expect(new Set(texts).size).toBe(texts.length);
  });

  it("states a licence", () => {
    expect(dataset.licence).toBe("CC-BY-4.0");
  });
});
