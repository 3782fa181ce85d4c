import { describe, expect, it } from "vitest";
import { textExample } from "./example.ts";
import { previewOf } from "./preview.ts";

const rows = (...pairs: [string, string][]) => pairs.map(([text, label]) => textExample(text, label));

describe("the preview of examples", () => {
  it("counts examples and labels, the most frequent first", () => {
    const { examples, labels } = previewOf(
      rows(["one thing", "b"], ["another matter", "a"], ["third of all", "a"], ["x", "c"]),
      [],
    );
    expect(examples).toBe(4);
    expect(labels).toEqual([
      { label: "a", examples: 2 },
      { label: "b", examples: 1 },
      { label: "c", examples: 1 },
    ]);
  });

  it("tells repetitions inside the file from those of what was contributed", () => {
    const contributed = rows(["Where is my new card?", "card"], ["where is my new card", "card"]);
    const { repetitions } = previewOf(
      rows(["where is my NEW card", "card"], ["What is the rate today?", "rate"], ["what is the rate today", "rate"]),
      contributed,
    );
    expect(repetitions).toEqual({ inFile: 1, contributed: 1 });
  });

  it("names texts under several labels, whatever their case and punctuation", () => {
    const { conflicts } = previewOf(
      rows(["Same text.", "l0"], ["same text", "l1"], ["SAME TEXT", "l0"], ["other", "l1"]),
      [],
    );
    expect(conflicts).toEqual([{ text: "Same text.", labels: ["l0", "l1"] }]);
  });

  it("names labels that look alike", () => {
    expect(previewOf(rows(["a", "refund"], ["b", "Refund"]), []).lookAlikes).toEqual([["refund", "Refund"]]);
  });
});
