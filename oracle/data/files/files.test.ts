import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DataError } from "../errors.ts";
import type { TextExample } from "../example.ts";
import { tempFolder } from "../testing/tempFolder.ts";
import { readText, readTextBytes } from "./bytes.ts";
import { readIdx, readIdxExamples } from "./idx.ts";
import { readParagraphs, readSpeeches } from "./plainText.ts";
import { readCsvExamples, readJsonExamples } from "./readTable.ts";
import { createRowPolicy } from "./rows.ts";

const stop = () => createRowPolicy(false);
const skip = () => createRowPolicy(true);
const columns = { text: "text", label: "label" };

function fileWith(contents: string | Uint8Array, name = "rows.jsonl"): string {
  return join(tempFolder({ [name]: contents }), name);
}

describe("a file", () => {
  it("that is missing, empty or packed badly is refused by name", () => {
    expect(() => readText("/nowhere/rows.csv")).toThrow("/nowhere/rows.csv: there is no such file");
    expect(() => readText(fileWith(""))).toThrow(/rows\.jsonl: the file is empty; .*; put rows in it/);
    expect(() => readText(fileWith(gzipSync("")))).toThrow("the file is empty");
    expect(() => readText(fileWith(gzipSync("text").subarray(0, 15)))).toThrow("the gzip stream is damaged");
  });

  it("that is not UTF-8 is refused with the line", () => {
    const latin1 = Buffer.concat([Buffer.from("fine\nfine\ncaf"), Buffer.of(0xe9), Buffer.from("\nfine")]);
    expect(() => readText(fileWith(latin1))).toThrow("line 3 is not UTF-8; text files are UTF-8; convert it");
  });

  it("is unpacked when it is gzip and loses its byte order mark", () => {
    expect(readText(fileWith(gzipSync("\ufeffhello")))).toBe("hello");
  });
});

describe("JSONL", () => {
  const mixed = [
    '{"text":"one","label":"a"}',
    "",
    '{"text":"two","label":{"id":2}}',
    '{"text":"three"',
    '{"text":"four","label":"b","meta":{"domain":"d"}}',
    '{"text":"five","label":"b","domain":"d"}',
    '{"text":"six","label":"b","meta":{"domain":6}}',
    '"seven"',
  ].join("\r\n");

  it("stops at the first bad line and names it", () => {
    const file = fileWith(mixed);
    expect(() => readJsonExamples(file, stop())).toThrow(
      `${file}:3: the label is {"id":2}; a label is a string of 1 to 128 characters`,
    );
  });

  it("keeps the good lines and lists the bad ones when told to skip", () => {
    const policy = skip();
    const examples = readJsonExamples(fileWith(mixed), policy);
    expect(examples.map(({ input, meta }) => [input, meta])).toEqual([
      ["one", {}],
      ["four", { domain: "d" }],
      ["five", { domain: "d" }],
      ["six", { domain: "6" }],
    ]);
    expect(policy.bad.map(({ row }) => row)).toEqual([3, 4, 8]);
    expect(policy.bad[1]!.message).toContain("a line is one JSON value; check its quotes and commas");
    expect(policy.bad[2]!.message).toContain('a row that is "seven"; a row is an object');
  });
});

describe("CSV", () => {
  it("reads quoted fields, line ends inside them and further columns", () => {
    const file = fileWith('\ufefftext,label,domain\r\n"a, ""b""\nc",x,d1\r\nplain,y,d2\r\n', "rows.csv");
    expect(readCsvExamples(file, columns, stop())).toEqual([
      { kind: "text", input: 'a, "b"\nc', label: "x", meta: { domain: "d1" } },
      { kind: "text", input: "plain", label: "y", meta: { domain: "d2" } },
    ]);
  });

  it("names the columns it misses", () => {
    const file = fileWith("question,intent\na,b\n", "rows.csv");
    expect(() => readCsvExamples(file, columns, stop())).toThrow(
      `${file}: there is no column "text"; the columns are "question", "intent"; name one of them with --text-column`,
    );
  });

  it("stops at the first broken row and names its line", () => {
    const file = fileWith("text,label\na,x\nb\nc,x\n", "rows.csv");
    expect(() => readCsvExamples(file, columns, stop())).toThrow(`${file}:3: 1 fields; the header names 2`);
  });

  it("loses one row, not the rest, to an unclosed or misplaced quote", () => {
    const policy = skip();
    const file = fileWith('text,label\na,x\n\n"open,x\nb,x\n"odd" quote,x\nc,x\nd"e,x\nf,x\n,x\ng,x\n', "rows.csv");
    const examples = readCsvExamples(file, columns, policy);
    expect(examples.map(({ input }) => input)).toEqual(["a", "b", "c", "f", "g"]);
    expect(policy.bad.map(({ row }) => row)).toEqual([4, 6, 8, 10]);
  });
});

describe("any rows", () => {
  const cell = fc.string({ unit: "binary", minLength: 1, maxLength: 20 }).filter((text) => text.trim() !== "");
  const text = cell.filter((value) => !value.includes("\0") && !/^[\p{Default_Ignorable_Code_Point}\s]*$/u.test(value));
  const label = fc
    .string({ unit: "grapheme-ascii", minLength: 1, maxLength: 20 })
    .map((value) => value.trim().replace(/\s+/gu, " "))
    .filter((value) => value !== "");
  const table = fc.array(fc.record({ text, label }), { minLength: 1, maxLength: 10 });
  const pairs = (examples: readonly TextExample[]) => examples.map(({ input, label }) => ({ text: input, label }));

  it("come back from JSONL as they were", () => {
    fc.assert(
      fc.property(table, (rows) => {
        const file = fileWith(rows.map((row) => JSON.stringify(row)).join("\n"));
        expect(pairs(readJsonExamples(file, stop()))).toEqual(rows);
      }),
      { numRuns: 50 },
    );
  });

  it("come back from CSV as they were", () => {
    const quoted = (value: string) => `"${value.replaceAll('"', '""')}"`;
    fc.assert(
      fc.property(table, (rows) => {
        const lines = rows.map(({ text, label }) => `${quoted(text)},${quoted(label)}`);
        const file = fileWith(["text,label", ...lines, ""].join("\r\n"), "rows.csv");
        expect(pairs(readCsvExamples(file, columns, stop()))).toEqual(rows);
      }),
      { numRuns: 50 },
    );
  });
});

describe("a file that is no CSV", () => {
  it("is refused as a whole instead of row by row", () => {
    const file = fileWith(`text,label\n${'"a"b,x\n'.repeat(1_100)}`, "rows.csv");
    expect(() => readCsvExamples(file, columns, skip())).toThrow("more than 1000 records have broken quotes");
  });
});

describe("IDX", () => {
  const images = (bytes: readonly number[], sizes: readonly number[]) => {
    const header = Buffer.alloc(4 + 4 * sizes.length);
    header.writeUInt8(8, 2);
    header.writeUInt8(sizes.length, 3);
    sizes.forEach((size, axis) => header.writeUInt32BE(size, 4 + 4 * axis));
    return Buffer.concat([header, Buffer.from(bytes)]);
  };
  const pair = (imageBytes: Uint8Array, labelBytes: Uint8Array) => {
    const dir = tempFolder({ images: imageBytes, labels: labelBytes });
    return [join(dir, "images"), join(dir, "labels")] as const;
  };

  it("reads images in order with their labels", () => {
    const [file, labels] = pair(gzipSync(images([1, 2, 3, 4, 5, 6], [3, 1, 2])), images([2, 0, 1], [3]));
    const examples = readIdxExamples(file, labels, 3, stop());
    expect(examples.map(({ label, input }) => [label, ...input.pixels])).toEqual([
      ["2", 1, 2],
      ["0", 3, 4],
      ["1", 5, 6],
    ]);
  });

  it.each([
    ["other bytes", Buffer.from("PNG\r\n"), /begins with 504e470d; IDX begins with two zero bytes/],
    ["floats", Buffer.from("00000d010000000100000000", "hex"), /value type is 0x0d; values are unsigned bytes/],
    ["a short array", images([1, 2], [3]), /2 values; the sizes 3 need 3/],
    ["a long array", images([1, 2], [1]), /2 values; the sizes 1 need 1/],
    ["a cut header", images([], [3]).subarray(0, 6), /rank 1; sizes follow/],
  ])("refuses %s", (_, bytes, message) => {
    expect(() => readIdx(fileWith(bytes, "x.idx"))).toThrow(message);
  });

  it("refuses images without a label each", () => {
    const [file, labels] = pair(images([1, 2], [2, 1, 1]), images([0], [1]));
    expect(() => readIdxExamples(file, labels, 10, stop())).toThrow("sizes 1; 2 images need 2 labels");
  });

  it("leaves out labels beyond the classes and lists the items", () => {
    const policy = skip();
    const [file, labels] = pair(images([1, 2, 3], [3, 1, 1]), images([0, 12, 9], [3]));
    expect(readIdxExamples(file, labels, 10, policy).map(({ label }) => label)).toEqual(["0", "9"]);
    expect(policy.bad).toEqual([
      {
        file: labels,
        row: 2,
        message: `${labels}:2: label 12; labels are 0 to 9; correct the label or leave the row out`,
      },
    ]);
    expect(() => readIdxExamples(file, labels, 10, stop())).toThrow(DataError);
  });
});

describe("plain text", () => {
  it("gives one speech per block, labelled by its speaker", () => {
    const file = fileWith("ROMEO:\nAy me!\nSad hours.\n\nALL:\n\nJULIET:\nWho?\n", "play.txt");
    expect(readSpeeches(file, stop()).map(({ input, label }) => [label, input])).toEqual([
      ["ROMEO", "Ay me!\nSad hours."],
      ["JULIET", "Who?"],
    ]);
  });

  it("names the line of a block without a speaker", () => {
    const file = fileWith("ROMEO:\nAy me!\n\nExeunt\nall\n", "play.txt");
    expect(() => readSpeeches(file, stop())).toThrow(`${file}:4: "Exeunt"; a block begins with "SPEAKER:"`);
  });

  it("gives one example per paragraph", () => {
    const file = fileWith("First\nparagraph.\n \t\nSecond.\n\n\n\nThird.", "notes.txt");
    expect(readParagraphs(file, readTextBytes(file), "notes", stop()).map(({ input }) => input)).toEqual([
      "First\nparagraph.",
      "Second.",
      "Third.",
    ]);
  });
});
