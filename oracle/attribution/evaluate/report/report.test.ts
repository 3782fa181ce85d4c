import { describe, expect, it } from "vitest";
import { imageExample, textExample } from "../../../data/example.ts";
import type { FidelityStudy } from "../fidelityStudy.ts";
import { bitmap, examplesSection, explainOutputs } from "./examples.ts";
import { fidelitySections } from "./fidelityReport.ts";
import { ldsSections } from "./ldsReport.ts";
import { page } from "./page.ts";

const exactly = (estimate: number) => ({ estimate, low: estimate - 0.1, high: estimate + 0.1 });
const study: FidelityStudy = {
  ...{ dataset: "<data>", recipe: "0x01", scheme: "0x02", models: [], members: 1, coalitions: 120, accuracy: 0.9 },
  fidelity: [
    { mix: "uniform", pearson: exactly(0.9), spearman: exactly(0.8), ceiling: 0.95, corrected: exactly(0.947) },
  ],
  uniform: exactly(0.947),
  oneClass: exactly(0.9),
  quality: { perRow: [0.1, -0.2], rightCharged: exactly(0), wrongCharged: exactly(1) },
  contributors: [
    { name: "honest-01", behaviour: "honest", examples: 12, rows: 10, score: 2, value: 0.2, share: 1 },
    { name: "mislabel-100-01", behaviour: "mislabel-100", examples: 30, rows: 30, score: -1, value: -0.1, share: 0 },
  ],
};

describe("a report", () => {
  it("is one page without references to others, with what came from data escaped", () => {
    const html = page("Fidelity of <data>", "intro", fidelitySections(study));
    expect(html).not.toMatch(/(src|href)="(?!data:)/u);
    expect(html).toContain("&#60;data&#62;");
    expect(html).not.toContain("<data>");
  });

  it("shows every contributor's share, and in red those who harm the quality rows", () => {
    const shares = fidelitySections(study).find(
      ({ heading }) => heading === "Who is paid what, and for how many rows?",
    )!.html;
    expect(shares).toContain("100.00 % for 10 rows");
    expect(shares.match(/<rect class="harm"/gu)).toHaveLength(1);
  });

  it("puts scores against truth with one named point per contributor", () => {
    const scatter = fidelitySections(study).find(
      ({ heading }) => heading === "Is each contributor scored as it is worth?",
    )!.html;
    expect(scatter.match(/<circle/gu)).toHaveLength(4);
    expect(scatter).toContain("<title>honest-01: 0.200, 2.00</title>");
  });

  it("has axes of round numbers with titles and units, and says of every chart what it answers", () => {
    const html = page("Fidelity", "intro", fidelitySections(study));
    expect(html.match(/<figcaption>/gu)).toHaveLength(3);
    for (const title of ["Shapley value (probability)", "score (queries)", "share of the pool (thick)"]) {
      expect(html).toContain(title);
    }
    expect(html).toMatch(/text-anchor="end">-1<\/text>/u);
    expect(html).toMatch(/text-anchor="middle">20 %<\/text>/u);
    expect(html).not.toMatch(/NaN|Infinity|undefined/u);
  });

  it("shows the LDS of each method and what it foretold of every subset", () => {
    const points = [
      { predicted: 1, measured: -0.5 },
      { predicted: 2, measured: -0.25 },
    ];
    const methods = [
      { name: "kernel", lds: exactly(0.345), seconds: 3.25 },
      { name: "ensemble", lds: exactly(0.5), seconds: undefined },
    ];
    const [figures, scatter] = ldsSections({ network: "mlp", subsets: 2, methods, samples: [{ output: 0, points }] });
    expect(figures!.html).toContain("0.345 (0.245 – 0.445)");
    expect(scatter!.html.match(/<circle/gu)).toHaveLength(2);
  });

  it("names the rows that raised and lowered an output most, in order", () => {
    const rows = ["one", "two", "three", "four", "five", "six", "seven"].map((text) => ({
      example: textExample(text, "label"),
      contributor: "somebody",
    }));
    const output = { query: textExample("asked", "label"), delivered: "label" };
    const [explained] = explainOutputs(Float32Array.of(0, 3, -2, 1, -1, 2, -3), [output], rows);
    const texts = (list: readonly { example: { input: unknown } }[]) => list.map(({ example }) => example.input);
    expect(texts(explained!.top)).toEqual(["two", "six", "four"]);
    expect(texts(explained!.bottom)).toEqual(["seven", "three", "five"]);
    expect(examplesSection([explained!]).html).toContain("asked");
  });

  it("draws images as bitmaps, bottom row first, grey as equal parts of blue, green and red", () => {
    const image = imageExample({ width: 1, height: 2, channels: 1, pixels: Uint8Array.of(10, 200) }, "x").input;
    const bytes = Buffer.from(bitmap(image).split(",")[1]!, "base64");
    expect(bytes.length).toBe(54 + 2 * 4);
    expect([...bytes.subarray(54)]).toEqual([200, 200, 200, 0, 10, 10, 10, 0]);
    const colour = imageExample({ width: 1, height: 1, channels: 3, pixels: Uint8Array.of(1, 2, 3) }, "x").input;
    expect([...Buffer.from(bitmap(colour).split(",")[1]!, "base64").subarray(54)]).toEqual([3, 2, 1, 0]);
  });
});
