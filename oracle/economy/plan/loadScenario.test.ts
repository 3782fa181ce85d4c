import { describe, expect, it } from "vitest";
import { InputError } from "../../common/errors.ts";
import { groupBySubject } from "../../data/scenario/groupBySubject.ts";
import { realData } from "../../data/testing/realData.ts";
import { tempFolder } from "../../data/testing/tempFolder.ts";
import { defaultMembers } from "./defaultMembers.ts";
import { type LabelledPlan, loadScenario } from "./loadScenario.ts";

const description = JSON.stringify({ name: "greetings", licence: "CC0-1.0", source: "written for this test" });
const textsOf = (rows: readonly { input: unknown }[]) => rows.map(({ input }) => input);

/** A folder of texts, `each` of every label. */
function folderOf(labels: readonly string[], each: number, files: Record<string, string> = {}): string {
  const rows = labels.flatMap((label) =>
    Array.from({ length: each }, (_, i) => JSON.stringify({ text: `${label} number ${i} of many`, label })),
  );
  return tempFolder({ "dataset.json": description, "train.jsonl": rows.join("\n"), ...files });
}

const load = (folder: string, skipBad = false) => loadScenario({ folder, skipBad });

describe("the scenario of the demo", () => {
  const datanets = loadScenario({ skipBad: false });

  it("has every behaviour in both Datanets", () => {
    for (const { contributors } of datanets) {
      expect(new Set(contributors.map(({ behaviour }) => behaviour))).toEqual(
        new Set([
          ...["mixed", "honest", "specialist", "mislabel-30", "mislabel-100"],
          ...["copier", "paraphraser", "off-domain", "spammer"],
        ]),
      );
    }
  });

  it("takes what does not belong to a Datanet from the other one", () => {
    const [first, second] = datanets as [LabelledPlan, LabelledPlan];
    const stray = first.contributors.find(({ behaviour }) => behaviour === "off-domain")!;
    const foreign = new Set(textsOf(second.published));
    expect(textsOf(stray.examples).every((text) => foreign.has(text))).toBe(true);
  });
});

describe("the scenario of a folder", () => {
  it("sets test and quality rows aside where the folder has none, and trains on neither", () => {
    const [plan] = load(folderOf(["a", "b"], 60)) as [LabelledPlan];
    expect(plan.test.length).toBeGreaterThan(5);
    expect(plan.quality.length).toBeGreaterThan(0);
    const contributed = new Set(plan.contributors.flatMap(({ examples }) => textsOf(examples)));
    expect(textsOf([...plan.test, ...plan.quality]).filter((text) => contributed.has(text))).toEqual([]);
  });

  it("leaves out contributors for whom there are no rows", () => {
    const quality = JSON.stringify({ text: "judged by this", label: "a" });
    const [plan] = load(folderOf(["a", "b"], 5, { "quality.jsonl": quality })) as [LabelledPlan];
    expect(plan.contributors.length).toBeLessThan(12);
    expect(plan.contributors.every(({ examples }) => examples.length > 0)).toBe(true);
  });

  it("lists the bad rows that it skipped", () => {
    const bad = folderOf(["a", "b"], 60, { "quality.jsonl": '{"text":"good","label":"a"}\n{"text":1}' });
    expect(() => load(bad)).toThrow(/quality\.jsonl:2: /u);
    expect(load(bad, true)[0]!.badRows.map(({ row }) => row)).toEqual([2]);
  });

  it.each([
    ["one label", ["a"], 60, /too few/u],
    ["no row to test with", ["a", "b"], 2, /too few/u],
    ["no row to judge by", ["a", "b", "c", "d", "e"], 4, /no rows to judge data by/u],
  ])("refuses %s and says what to add", (_, labels, each, message) => {
    const folder = folderOf(labels, each);
    expect(() => load(folder)).toThrow(InputError);
    expect(() => load(folder)).toThrow(message);
  });
});

describe("the default number of models", () => {
  const plans = (...rows: number[]) =>
    rows.map((count) => ({ published: Array.from({ length: count }) }) as unknown as LabelledPlan);
  const of = (...rows: number[]) => defaultMembers(plans(...rows), false);

  it("is two for the example, whatever its rows", () => {
    expect(defaultMembers(plans(740, 1_000), true)).toBe(2);
  });

  it("is four, and two where the largest Datanet is large", () => {
    expect([of(740, 1_000), of(11_000, 1_000), of(15_000, 1_000)]).toEqual([4, 4, 2]);
  });
});

describe("the scenario of images", () => {
  const dir = realData("mnist");

  it.skipIf(dir === undefined)("makes two Datanets of one data set, each image in one of them", () => {
    const [first, second] = load(dir!) as [LabelledPlan, LabelledPlan];
    expect([first.name, second.name]).toEqual(["MNIST, first part", "MNIST, second part"]);
    expect([first.published.length, second.published.length]).toEqual([10_011, 1_989]);
    expect(first.test).toBe(second.test);
    expect(first.contributors.some(({ behaviour }) => behaviour === "off-domain")).toBe(false);
  });
});

describe.each([
  ["clinc150", 1_000],
  ["banking77", 250],
  ["medquad", 250],
  ["cuad-legalbench", 90],
])("the scenario of %s", (folder, leastQuality) => {
  const dir = realData(folder);

  it.skipIf(dir === undefined)(
    "has at most 512 contributions, few wrong rows, and quality rows of every label with five rows",
    () => {
      const [plan] = load(dir!) as [LabelledPlan];
      const contributed = plan.contributors.flatMap(({ examples }) => groupBySubject(examples));
      expect(contributed.length).toBeLessThanOrEqual(512);
      const truth = new Map(plan.published.map(({ input, label }) => [input, label]));
      const wrong = plan.contributors
        .filter(({ behaviour }) => behaviour !== "paraphraser")
        .flatMap(({ examples }) => examples.filter(({ input, label }) => truth.get(input) !== label));
      expect(wrong.length / plan.rows).toBeGreaterThan(0.01);
      expect(wrong.length / plan.rows).toBeLessThan(0.05);
      expect(plan.quality.length).toBeGreaterThanOrEqual(leastQuality);
      expect(plan.quality.length).toBeLessThanOrEqual(2_500);
      const judged = new Set(plan.quality.map(({ label }) => label));
      const parts = groupBySubject(plan.published).filter(({ examples }) => examples.length >= 5);
      expect(parts.filter(({ label }) => !judged.has(label))).toEqual([]);
    },
  );
});
