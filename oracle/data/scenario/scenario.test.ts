import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { randomStream } from "../../numerics/random.ts";
import type { Dataset } from "../dataset.ts";
import { findDuplicates } from "../duplicates/findDuplicates.ts";
import type { Example } from "../example.ts";
import { exampleHash, imageExample, textExample } from "../example.ts";
import { loadFolder } from "../loadFolder.ts";
import { realData } from "../testing/realData.ts";
import { defaultOptions } from "./defaultOptions.ts";
import { groupBySubject } from "./groupBySubject.ts";
import type { Behaviour, Scenario } from "./scenario.ts";
import { createScenario } from "./scenario.ts";

const demo = (field: string) => loadFolder(resolve(import.meta.dirname, "../../../examples", field));
const health = demo("health");
const law = demo("law");
const options = defaultOptions(health, law.train);
const scenario = createScenario(health, options, randomStream(1, 0));

const by = (behaviour: Behaviour, of: Scenario = scenario) => {
  const found = of.contributors.find((contributor) => contributor.behaviour === behaviour);
  if (!found) throw new Error(`no ${behaviour}`);
  return found;
};
const trueLabel = new Map(health.train.map(({ input, label }) => [input, label]));
const wrongShare = (examples: readonly Example[]) =>
  examples.filter(({ input, label }) => trueLabel.get(input) !== label).length / examples.length;
const textOf = (input: Example["input"]) => (typeof input === "string" ? input : "");
const labelsOf = (examples: readonly Example[]) => new Set(examples.map(({ label }) => label));

describe("a scenario of a demo Datanet", () => {
  it("has eleven contributors of all behaviours under distinct names", () => {
    expect(scenario.contributors).toHaveLength(11);
    expect(new Set(scenario.contributors.map(({ behaviour }) => behaviour)).size).toBe(9);
    expect(new Set(scenario.contributors.map(({ name }) => name)).size).toBe(11);
  });

  it("gives every training row to exactly one contributor with data of their own", () => {
    const own = scenario.contributors.filter(({ behaviour }) =>
      ["mixed", "honest", "specialist", "mislabel-30", "mislabel-100"].includes(behaviour),
    );
    const inputs = own.flatMap(({ examples }) => examples.map(({ input }) => textOf(input)));
    expect(inputs.sort()).toEqual(health.train.map(({ input }) => textOf(input)).sort());
  });

  it("is the same for the same seed and different for another", () => {
    expect(createScenario(health, options, randomStream(1, 0))).toEqual(scenario);
    expect(createScenario(health, options, randomStream(2, 0))).not.toEqual(scenario);
  });

  it("mislabels what it says and nothing else", () => {
    for (const honest of ["mixed", "honest", "specialist"] as const) expect(wrongShare(by(honest).examples)).toBe(0);
    expect(wrongShare(by("mislabel-30").examples)).toBeCloseTo(0.3, 2);
    expect(wrongShare(by("mislabel-100").examples)).toBe(1);
  });

  it("covers all labels with the mixed, some with the honest, one with the specialist", () => {
    expect(labelsOf(by("mixed").examples).size).toBe(10);
    expect(labelsOf(by("honest").examples).size).toBe(options.labelsEach);
    const specialist = by("specialist");
    expect(labelsOf(specialist.examples).size).toBe(1);
    expect(specialist.examples).toHaveLength(50); // half of a label's hundred rows
  });

  it("registers copies after their victims, word for word or reworded", () => {
    for (const behaviour of ["copier", "paraphraser"] as const) {
      const imitator = by(behaviour);
      const position = scenario.contributors.findIndex(({ name }) => name === imitator.victim);
      expect(position).toBeGreaterThanOrEqual(0);
      expect(position).toBeLessThan(scenario.contributors.indexOf(imitator));
      const victim = scenario.contributors[position]!;
      expect(imitator.examples).toHaveLength(victim.examples.length);
      const equal = imitator.examples.filter(({ input }, i) => input === victim.examples[i]!.input).length;
      if (behaviour === "copier") expect(equal).toBe(victim.examples.length);
      else expect(equal).toBeLessThan(0.2 * victim.examples.length);
    }
  });

  it("takes off-domain rows from the other field and spam from nowhere", () => {
    const lawTexts = new Set(law.train.map(({ input }) => input));
    expect(by("off-domain").examples.every(({ input }) => lawTexts.has(textOf(input)))).toBe(true);
    const words = (examples: readonly Example[]) =>
      examples.flatMap(({ input }) => textOf(input).toLowerCase().split(/\W+/));
    const known = new Set(words(health.train));
    const spam = words(by("spammer").examples);
    expect(spam.filter((word) => known.has(word)).length / spam.length).toBeLessThan(0.1);
  });

  it("leaves nothing of the copier once duplicates are removed, and all of the honest", () => {
    const rows = scenario.contributors.flatMap(({ behaviour, examples }) =>
      examples.map((example) => ({ behaviour, example })),
    );
    const { evidence } = findDuplicates(rows.map(({ example }) => example));
    const removedOf = (behaviour: Behaviour) => evidence.filter(({ row }) => rows[row]!.behaviour === behaviour).length;
    expect(removedOf("copier")).toBe(by("copier").examples.length);
    expect(removedOf("paraphraser")).toBeGreaterThan(0.4 * by("paraphraser").examples.length);
    expect(removedOf("copier") + removedOf("paraphraser")).toBe(evidence.length);
  });

  it("keeps the data set's own quality and test rows", () => {
    expect(scenario.quality).toEqual(health.quality);
    expect(scenario.test).toEqual(health.test);
  });

  it("groups a contributor's rows by claimed label without losing any", () => {
    for (const { examples } of scenario.contributors) {
      const parts = groupBySubject(examples);
      expect(parts.map(({ label }) => label)).toEqual([...labelsOf(examples)].sort());
      for (const part of parts) expect(labelsOf(part.examples)).toEqual(new Set([part.label]));
      expect(parts.flatMap((part) => part.examples)).toHaveLength(examples.length);
      expect(parts.every((part) => part.examples.length >= 4)).toBe(true);
    }
  });
});

describe("createScenario", () => {
  const counts = { ...options.counts, "off-domain": 0 };
  const create = (changes: Partial<typeof options>, dataset: Dataset = health) =>
    createScenario(dataset, { ...options, counts, ...changes }, randomStream(3, 0));

  it("sets at least five rows of a label aside for quality, or a fifth of a small label", () => {
    const rows = (label: string, count: number) => health.train.filter((row) => row.label === label).slice(0, count);
    const [first, second] = health.labels as [string, string];
    const train = [...rows(first, 100), ...rows(second, 12)];
    const { quality } = create({ qualityShare: 0.01 }, { ...health, train, quality: [] });
    expect(
      groupBySubject(quality)
        .map((part) => part.examples.length)
        .sort(),
    ).toEqual([2, 5]);
    expect(create({ qualityShare: 0 }, { ...health, train, quality: [] }).quality).toEqual([]);
  });

  it("sets quality rows aside where the data set has none", () => {
    const { contributors, quality } = create({ qualityShare: 0.2 }, { ...health, quality: [] });
    expect(groupBySubject(quality).map((part) => part.examples.length)).toEqual(new Array(10).fill(20));
    const held = new Set(quality.map(exampleHash));
    expect(contributors.flatMap(({ examples }) => examples).some((example) => held.has(exampleHash(example)))).toBe(
      false,
    );
  });

  it("refuses options that cannot be met and says what to change", () => {
    expect(() => create({ counts: { ...counts, mixed: 0 }, labelsEach: 1 })).toThrow(
      /nobody holds the label .*; .*; raise labelsEach/,
    );
    expect(() => create({ counts: { ...counts, "off-domain": 9 } })).toThrow(/off-domain rows; 9 contributors need/);
    const imitatorsOnly = { ...counts, mixed: 0, honest: 0, specialist: 0, "mislabel-30": 0, "mislabel-100": 5 };
    expect(() => create({ counts: imitatorsOnly })).toThrow(
      "no honest contributor; copiers and paraphrasers need a victim",
    );
  });

  it("works on images", () => {
    const digit = (i: number) => {
      const pixels = Uint8Array.from({ length: 16 }, (_, at) => (i * 37 + at * 11) % 256);
      return imageExample({ width: 4, height: 4, channels: 1, pixels }, String(i % 4));
    };
    const train = Array.from({ length: 200 }, (_, i) => digit(i));
    const images: Dataset = { ...health, kind: "image", train, quality: [], test: [], labels: ["0", "1", "2", "3"] };
    const { contributors } = createScenario(images, defaultOptions(images), randomStream(4, 0));
    expect(contributors.flatMap(({ examples }) => examples).every(({ kind }) => kind === "image")).toBe(true);
    const spam = contributors.find(({ behaviour }) => behaviour === "spammer")!;
    expect(spam.examples[0]!.input).toMatchObject({ width: 4, height: 4, channels: 1 });
  });
});

describe.each([
  ["clinc150", 50],
  ["banking77", 48],
  ["mnist", 48],
])("a scenario of %s", (folder, contributors) => {
  const dir = realData(folder);

  it.skipIf(dir === undefined)(`has ${contributors} contributors and at most about 1,500 parts of several rows`, () => {
    const dataset = loadFolder(dir!);
    const scenario = createScenario(dataset, defaultOptions(dataset), randomStream(6, 0));
    expect(scenario.contributors).toHaveLength(contributors);
    const parts = scenario.contributors.flatMap(({ examples }) => groupBySubject(examples));
    expect(parts.length).toBeLessThan(1_600);
    const small = parts.filter((part) => part.examples.length < 4).length;
    expect(small / parts.length).toBeLessThan(0.05);
    expect(scenario.quality.length).toBeGreaterThan(900);
  });
});

describe("textExample rows in a scenario", () => {
  it("stay valid examples whatever was done to them", () => {
    for (const { examples } of scenario.contributors) {
      for (const { input, label } of examples) expect(() => textExample(input, label)).not.toThrow();
    }
  });
});
