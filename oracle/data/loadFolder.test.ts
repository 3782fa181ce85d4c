import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Dataset } from "./dataset.ts";
import { DataError } from "./errors.ts";
import { exampleHash } from "./example.ts";
import { loadFolder } from "./loadFolder.ts";
import { realData } from "./testing/realData.ts";
import { tempFolder } from "./testing/tempFolder.ts";

const description = JSON.stringify({ name: "greetings", licence: "CC0-1.0", source: "written for this test" });
const rows = (...labels: string[]) => labels.map((label, i) => JSON.stringify({ text: `text ${i}`, label })).join("\n");

function catchError(work: () => unknown): DataError {
  try {
    work();
  } catch (error) {
    if (error instanceof DataError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("loadFolder", () => {
  it("reads the project's own format", () => {
    const dir = tempFolder({
      "dataset.json": description,
      "train.jsonl": rows("b", "a", "b"),
      "test.jsonl": rows("c"),
    });
    const dataset = loadFolder(dir);
    expect(dataset).toMatchObject({
      name: "greetings",
      kind: "text",
      licence: "CC0-1.0",
      source: "written for this test",
    });
    expect(dataset.labels).toEqual(["a", "b", "c"]);
    expect([dataset.train.length, dataset.quality.length, dataset.test.length]).toEqual([3, 0, 1]);
  });

  it("refuses a folder that it does not know and lists the formats", () => {
    const dir = tempFolder({ "notes.md": "hello" });
    expect(() => loadFolder(dir)).toThrow(
      /it holds notes\.md; .*by the files in it jsonl: dataset\.json, train\.jsonl/,
    );
    expect(() => loadFolder(tempFolder())).toThrow("it holds nothing");
    expect(() => loadFolder(join(dir, "absent"))).toThrow("there is no such folder");
    expect(() => loadFolder(join(dir, "notes.md"))).toThrow('the ending ".md"');
  });

  it("reads one file, its rows for training and its licence unknown", () => {
    const dir = tempFolder({ "bank.csv": "question;intent\none;a\ntwo;b\nthree;a\n" });
    const { name, licence, train, test, labels } = loadFolder(join(dir, "bank.csv"));
    expect([name, licence, train.length, test.length, labels]).toEqual(["bank.csv", "unknown", 3, 0, ["a", "b"]]);
    expect(() => loadFolder(join(dir, "absent.csv"))).toThrow("there is no such folder");
  });

  it("reads tables that are named after the parts of a data set, in `data/` too", () => {
    const dir = tempFolder({ "README.md": "a card", "test.csv": "id,text\n1,without labels\n" });
    mkdirSync(join(dir, "data"));
    writeFileSync(join(dir, "data", "train-00001-of-00002.jsonl"), rows("c"));
    writeFileSync(join(dir, "data", "train-00000-of-00002.jsonl"), rows("a", "b"));
    writeFileSync(join(dir, "data", "validation.tsv"), "label\ttext\na\tjudged\n");
    const { train, quality, test } = loadFolder(dir);
    expect(train.map(({ label }) => label)).toEqual(["a", "b", "c"]);
    expect(quality.map(({ input }) => input)).toEqual(["judged"]);
    expect(test).toEqual([]);
  });

  it("reads a folder of texts per label", () => {
    const dir = tempFolder();
    for (const label of ["sports", "politics"]) {
      mkdirSync(join(dir, label));
      writeFileSync(join(dir, label, "1.txt"), `about ${label}`);
    }
    expect(loadFolder(dir).labels).toEqual(["politics", "sports"]);
  });

  it("refuses a description without a licence", () => {
    const dir = tempFolder({ "dataset.json": '{"name":"x","source":"y"}', "train.jsonl": rows("a") });
    expect(() => loadFolder(dir)).toThrow(
      "dataset.json: licence: expected string, received undefined; it holds name, licence and source as strings",
    );
  });

  it("names every split that CLINC150's file lacks, and the item of a bad row", () => {
    const folder = (splits: object) =>
      tempFolder({ "data_full.json": JSON.stringify(splits), "domains.json": '{"travel":["greet"]}' });
    const rest = { test: [], oos_train: [], oos_val: [], oos_test: [] };
    expect(() => loadFolder(folder({ train: [], ...rest }))).toThrow("val: expected array, received undefined;");
    const wrong = folder({
      train: [
        ["hello", "greet"],
        ["bye", 3],
      ],
      val: [],
      ...rest,
    });
    expect(() => loadFolder(wrong)).toThrow(/data_full\.json#train:2: the label is 3/);
    expect(loadFolder(wrong, { skipBad: true }).train).toEqual([
      { kind: "text", input: "hello", label: "greet", meta: { domain: "travel" } },
    ]);
  });

  it("describes a problem on lines of their own for people", () => {
    const dir = tempFolder({ "dataset.json": description, "train.jsonl": '{"text":"x","label":null}' });
    const problem = catchError(() => loadFolder(dir));
    expect(problem.describe().split("\n")).toEqual([
      `${join(dir, "train.jsonl")}:1: the label is null`,
      "  limit:  a label is a string of 1 to 128 characters",
      '  remedy: write it in quotes: "null"',
    ]);
  });

  it("stops at a bad row, or skips it and says so", () => {
    const dir = tempFolder({ "dataset.json": description, "train.jsonl": `${rows("a")}\n{"text":"x","label":null}` });
    expect(() => loadFolder(dir)).toThrow(/train\.jsonl:2: the label is null/);
    expect(loadFolder(dir, { skipBad: true }).badRows.map(({ row }) => row)).toEqual([2]);
  });

  it("refuses a folder in which no row is good", () => {
    const dir = tempFolder({ "dataset.json": description, "train.jsonl": '{"text":"x","label":null}' });
    expect(() => loadFolder(dir, { skipBad: true })).toThrow("1 bad rows and no good one");
  });

  it("thins evenly to the limit and keeps all labels", () => {
    const dir = tempFolder({ "dataset.json": description, "train.jsonl": rows("a", "a", "b", "b", "c", "c") });
    const { train, labels } = loadFolder(dir, { limit: 3 });
    expect(train.map(({ label }) => label)).toEqual(["a", "b", "c"]);
    expect(labels).toEqual(["a", "b", "c"]);
    expect(() => loadFolder(dir, { limit: 0 })).toThrow("limit is 0; a limit is a positive integer");
  });
});

/** Digest of all example hashes in order. The expected values below were computed by an independent program. */
function fingerprint(dataset: Dataset): string {
  const hash = createHash("sha256");
  for (const split of [dataset.train, dataset.quality, dataset.test, dataset.offDomain]) {
    for (const example of split) hash.update(exampleHash(example));
    hash.update("|");
  }
  return hash.digest("hex").slice(0, 16);
}

describe.each([
  ["clinc150", "CLINC150", [15_000, 3_000, 4_500, 1_200], 150, "014f1def62138581"],
  ["banking77", "BANKING77", [10_003, 0, 3_080, 0], 77, "a96548767f8bfd98"],
  ["medquad", "MedQuAD", [8_904, 0, 2_114, 0], 16, "7d88e0e3fe00728c"],
  ["cuad-legalbench", "CUAD clauses (LegalBench)", [3_914, 0, 974, 0], 38, "557a0625d0952a60"],
  ["mnist", "MNIST", [12_000, 0, 3_000, 0], 10, "a0e1c5dc2ba611f8"],
  ["tinyshakespeare", "tinyshakespeare", [6_387, 0, 710, 0], 299, "7be3cd166a9ec59c"],
] as const)("the real folder %s", (folder, name, sizes, labels, expected) => {
  const dir = realData(folder);

  it.skipIf(dir === undefined)("loads whole, clean and in a fixed order", () => {
    const dataset = loadFolder(dir!);
    expect(dataset.name).toBe(name);
    expect([dataset.train, dataset.quality, dataset.test, dataset.offDomain].map((split) => split.length)).toEqual(
      sizes,
    );
    expect(dataset.labels).toHaveLength(labels);
    expect(dataset.badRows).toEqual([]);
    expect(fingerprint(dataset)).toBe(expected);
  });
});

describe("splits by key", () => {
  const dir = realData("medquad");

  it.skipIf(dir === undefined)("keep a disease on one side", () => {
    const { train, test } = loadFolder(dir!);
    const trained = new Set(train.map(({ meta }) => meta["focus"]));
    expect(test.filter(({ meta }) => trained.has(meta["focus"]))).toEqual([]);
  });
});
