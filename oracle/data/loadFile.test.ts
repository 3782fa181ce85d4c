import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { loadFile } from "./loadFile.ts";
import { tempFolder } from "./testing/tempFolder.ts";

describe("loadFile", () => {
  it.each([
    ["rows.jsonl", '{"text":"hello","label":"greet"}'],
    ["rows.csv", "label,text\ngreet,hello\n"],
    ["rows.tsv", "text\tlabel\nhello\tgreet\n"],
    ["rows.txt", "hello\n"],
  ])("reads %s, packed or not", (name, contents) => {
    const dir = tempFolder({ [name]: contents, [`${name}.gz`]: gzipSync(contents) });
    for (const file of [name, `${name}.gz`]) {
      const { examples, badRows } = loadFile(join(dir, file), { label: "greet" });
      expect(examples).toEqual([{ kind: "text", input: "hello", label: "greet", meta: {} }]);
      expect(badRows).toEqual([]);
    }
  });

  it.each([
    ["capitals in the head", "caps.csv", 'Text,Label\n"where is it",delivery\n'],
    ["columns of one's own", "own.csv", 'question,intent\n"where is it",delivery\n'],
    ["fields of one's own", "own.jsonl", '{"question":"where is it","intent":"delivery"}\n'],
    ["the semicolons of Excel", "excel.csv", 'text;label\n"where is it";delivery\n'],
    ["an array", "array.json", '[{"text":"where is it","label":"delivery"}]'],
    ["fields that are not asked for", "more.jsonl", '{"text":"where is it","label":"delivery","id":7,"source":"x"}\n'],
  ])("reads a file with %s", (_, name, contents) => {
    const { examples } = loadFile(join(tempFolder({ [name]: contents }), name));
    expect(examples).toMatchObject([{ input: "where is it", label: "delivery" }]);
  });

  it("reads integers as the labels that they are written as", () => {
    const rows = '{"text":"where is it","label":0}\n{"text":"pay me back","label":-12}\n';
    const { examples } = loadFile(join(tempFolder({ "rows.jsonl": rows }), "rows.jsonl"));
    expect(examples.map(({ label }) => label)).toEqual(["0", "-12"]);
  });

  it("refuses a NUL character inside a text, and says where", () => {
    const file = join(tempFolder({ "nul.csv": "text,label\na\0b,l\n" }), "nul.csv");
    expect(() => loadFile(file)).toThrow(/nul\.csv:2.*NUL/su);
  });

  it("needs a label for plain text and a known ending", () => {
    const dir = tempFolder({ "rows.txt": "hello", "rows.pdf": "hello" });
    expect(() => loadFile(join(dir, "rows.txt"))).toThrow("a text file without a label");
    expect(() => loadFile(join(dir, "rows.pdf"))).toThrow(
      'the ending ".pdf"; files end in .csv, .tsv, .jsonl, .json, .parquet or .txt',
    );
  });

  it("refuses a file without a good row", () => {
    const dir = tempFolder({
      "blank.jsonl": "\n\n",
      "head.csv": "text,label\n",
      "bad.jsonl": '{"text":1,"label":"a"}\n{"text":2,"label":"a"}\n',
    });
    for (const name of ["blank.jsonl", "head.csv"]) {
      expect(() => loadFile(join(dir, name), { skipBad: true })).toThrow(/there is no row; .* at least one good row/u);
    }
    expect(() => loadFile(join(dir, "bad.jsonl"), { skipBad: true })).toThrow(/all 2 rows are bad; the first: .*:1: /u);
  });

  it("returns the bad rows that it skipped", () => {
    const dir = tempFolder({ "rows.jsonl": '{"text":"hello","label":"greet"}\n{"text":1,"label":"x"}\n' });
    const { examples, badRows } = loadFile(join(dir, "rows.jsonl"), { skipBad: true });
    expect(examples).toHaveLength(1);
    expect(badRows.map(({ row }) => row)).toEqual([2]);
  });
});
