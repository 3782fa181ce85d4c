import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DataError } from "../errors.ts";
import { loadFile } from "../loadFile.ts";
import { tempFolder } from "../testing/tempFolder.ts";
import { MAX_FILE_BYTES } from "./bytes.ts";
import { lineEnds } from "./lines.ts";

const PARQUET = resolve(import.meta.dirname, "../testing/parquet");
const fileOf = (contents: string | Uint8Array, name: string) => join(tempFolder({ [name]: contents }), name);
const load = (contents: string | Uint8Array, name: string, options = {}) => loadFile(fileOf(contents, name), options);
const pairs = ({ examples }: ReturnType<typeof loadFile>) => examples.map(({ input, label }) => [input, label]);

const ROWS = [
  ["one", "a"],
  ["two", "b"],
];

describe("lines", () => {
  const mixed = fc.array(fc.tuple(fc.stringMatching(/^[ab "]{0,4}$/u), fc.constantFrom("\n", "\r\n", "\r")), {
    maxLength: 12,
  });

  it("end in LF, CRLF or CR, however they are mixed", () => {
    fc.assert(
      fc.property(mixed, fc.stringMatching(/^[ab]{0,3}$/u), (lines, last) => {
        // CR before LF is one end, so a line that ends in CR is followed by one that does not begin with LF.
        const text = Buffer.from(lines.map(([line, end]) => (line === "" ? `-${end}` : line + end)).join("") + last);
        const found = [...lineEnds(text)].map(({ start, end }) => text.toString("utf8", start, end));
        expect(found).toEqual([...lines.map(([line]) => line || "-"), ...(last === "" ? [] : [last])]);
      }),
    );
  });

  it.each(["\n", "\r\n", "\r"])("of header and rows may end differently (header %j)", (headerEnd) => {
    for (const [first, second] of [
      ["\n", "\r\n"],
      ["\r\n", "\n"],
      ["\r", "\n"],
      ["\r\n", ""],
      ["\n", "\r"],
    ] as const) {
      expect(pairs(load(`text,label${headerEnd}one,a${first}two,b${second}`, "rows.csv"))).toEqual(ROWS);
    }
  });

  it("are counted alike in errors", () => {
    expect(() => load("text,label\r\none,a\r\r\ntwo\n", "rows.csv")).toThrow("rows.csv:4: 1 fields");
    expect(() => load('{"text":"one","label":"a"}\r{"text"\n', "rows.jsonl")).toThrow("rows.jsonl:2: ");
  });
});

describe("a table", () => {
  it.each([
    ["semicolons of Excel", 'text;label\r\n"one";a\r\ntwo;b\r\n'],
    ["a line that names the separator", "sep=;\ntext;label\none;a\ntwo;b\n"],
    ["tabs", "text\tlabel\none\ta\ntwo\tb\n"],
    ["bars", "label|text\na|one\nb|two"],
    ["a byte order mark", "\ufefftext,label\none,a\ntwo,b\n"],
    ["UTF-16 from Excel", Buffer.from("\ufefftext\tlabel\r\none\ta\r\ntwo\tb\r\n", "utf16le")],
    ["UTF-16, the other way round", Buffer.from("\ufefftext,label\none,a\ntwo,b\n", "utf16le").swap16()],
    ["other columns, one without a name", "id,text,label,\n1,one,a,\n2,two,b,\n"],
    ["blank lines", "\n text , label \none,a\n\n  \ntwo,b\n"],
  ])("is read with %s", (_, contents) => {
    expect(pairs(load(contents, "rows.csv"))).toEqual(ROWS);
  });

  it.each([
    ["an array", '[{"text":"one","label":"a"},\n {"label":"b","text":"two"}]'],
    ["an array in lines", '[\n{"text":"one","label":"a"}\n,\n{"text":"two","label":"b"}\n]\n'],
    ["rows per line", '{"text":"one","label":"a"}\n\n{"text":"two","label":"b"}'],
  ])("is read from JSON with %s, whatever the file's ending", (_, contents) => {
    for (const name of ["rows.json", "rows.jsonl", "rows.ndjson"]) expect(pairs(load(contents, name))).toEqual(ROWS);
  });

  it("of JSON loses one broken element, not the rest", () => {
    const contents = '[{"text":"one","label":"a"},{"text":"x" "y"},{"text":"}],[\\"","label":"b"},{"text":"cut","la';
    const { examples, badRows } = load(contents, "rows.json", { skipBad: true });
    expect(examples.map(({ input }) => input)).toEqual(["one", '}],["']);
    expect(badRows.map(({ row }) => row)).toEqual([2, 4]);
    expect(() => load('[{"text":"one","label":"a"}] more', "rows.json")).toThrow("rows.json:2: ");
    expect(() => load("[]", "rows.json")).toThrow("there is no row");
  });

  it.each([100, 5_000, 100_000])("keeps its other rows where one is nested %i deep", (depth) => {
    const deep = `{"text":${"[".repeat(depth)}${"]".repeat(depth)},"label":"a"}`;
    const rows = ['{"text":"one","label":"a"}', deep, '{"text":"two","label":"b"}'];
    for (const contents of [rows.join("\n"), `[${rows.join(",")}]`]) {
      const loaded = load(contents, "rows.json", { skipBad: true });
      expect(pairs(loaded)).toEqual(ROWS);
      expect(loaded.badRows).toMatchObject([{ row: 2, message: expect.stringContaining("nested more than 64 deep") }]);
    }
  });

  it("refuses a field that is there twice, however it is written", () => {
    for (const row of ['{"text":"one","text":"two","label":"a"}', '{"text":"x","label":"a","l\\u0061bel":"b"}']) {
      expect(() => load(row, "rows.jsonl")).toThrow(/the field "(text|label)" is there twice/u);
    }
    expect(pairs(load('{"text":"\\"text\\":","label":"a","meta":{"text":"text"}}', "rows.jsonl"))).toEqual([
      ['"text":', "a"],
    ]);
  });

  it("refuses objects over several lines and columns instead of rows, and says how to make rows", () => {
    expect(() => load('{\n"version": 1,\n"data": [{"text":"one","label":"a"}]\n}', "rows.json")).toThrow(
      /one object over several lines, with the fields version, data; .*jq -c '\.data\[\]'/u,
    );
    expect(() => load('{"text":{"0":"one"},"label":{"0":"a"}}', "rows.json")).toThrow(
      /columns, not rows; .*orient="records"/u,
    );
  });

  it("refuses a NUL character and text that does not show", () => {
    expect(() => load("text,label\na\0b,l\n", "rows.csv")).toThrow(
      "rows.csv:2: the text has a NUL character (U+0000) at position 2",
    );
    expect(() => load('{"text":"\\u200b\\u2063 ","label":"a"}', "rows.jsonl")).toThrow("the text is invisible");
  });
});

describe("Parquet", () => {
  const expected = [
    ["my card is lost", "lost"],
    ["where is my card", "lost"],
    ["what is the rate", "rate"],
    ["which rate do I get", "rate"],
  ];

  it.each(["snappy", "gzip", "zstd", "brotli"])("compressed by %s is read, its null listed", (codec) => {
    const loaded = loadFile(join(PARQUET, `${codec}.parquet`), { skipBad: true });
    expect(pairs(loaded)).toEqual(expected);
    expect(loaded.badRows.map(({ row }) => row)).toEqual([5]);
    expect(loaded.columns).toMatchObject({ text: "sentence", label: "category", others: ["id"], guessed: true });
    expect(loaded.examples[0]!.meta).toEqual({ id: "1" });
  });

  it("of Hugging Face names its classes, and says which columns it leaves out", () => {
    const loaded = loadFile(join(PARQUET, "classLabel.parquet"), { skipBad: true });
    expect(pairs(loaded)).toEqual(expected);
    expect(loaded.notes).toEqual(['the column "tokens" holds lists or structures and is left out']);
  });

  it("that is damaged is refused by its name", () => {
    expect(() => load(Buffer.concat([Buffer.from("PAR1"), Buffer.alloc(2_000, 0xf2)]), "rows.parquet")).toThrow(
      /a Parquet file that cannot be read: .*; fetch it again/u,
    );
  });
});

describe("a folder of folders of texts", () => {
  it("has an example per file, the folder's name as its label, and names what is no text", () => {
    const dir = tempFolder({ ".DS_Store": "x" });
    for (const [label, texts] of Object.entries({ sports: ["goal\r\n", "match"], politics: ["vote"] })) {
      mkdirSync(join(dir, label));
      texts.forEach((text, i) => writeFileSync(join(dir, label, `${i}.txt`), text));
    }
    writeFileSync(join(dir, "sports", "logo.png"), "x");
    expect(() => loadFile(dir)).toThrow('logo.png:1: "logo.png"; a folder of one label holds .txt files');
    const loaded = loadFile(dir, { skipBad: true });
    expect(pairs(loaded)).toEqual([
      ["vote", "politics"],
      ["goal", "sports"],
      ["match", "sports"],
    ]);
    expect(loaded.badRows).toHaveLength(1);
    expect(() => loadFile(tempFolder({ "rows.md": "x" }))).toThrow("this folder holds no folders of .txt files");
  });
});

describe("what is no text or table", () => {
  const zip = (member: string) => Buffer.concat([Buffer.from("PK\x03\x04"), Buffer.alloc(26), Buffer.from(member)]);
  const tar = Buffer.alloc(512);
  tar.write("ustar", 257);

  it.each([
    ["an Excel workbook (.xlsx)", zip("xl/workbook.xml"), "save it as CSV UTF-8"],
    [
      "an OpenDocument spreadsheet (.ods)",
      zip("mimetypeapplication/vnd.oasis.opendocument.spreadsheet"),
      "save it as CSV",
    ],
    ["a zip archive", zip("rows.csv"), "unpack it"],
    ["an old Excel", Buffer.from("d0cf11e0a1b11ae1", "hex"), "save it as CSV"],
    ["an Arrow (Feather) file", Buffer.from("ARROW1\0\0"), "to_csv"],
    ["an Arrow stream", Buffer.from("ffffffff78000000", "hex"), "to_json"],
    ["a NumPy array", Buffer.from("\x93NUMPY\x01", "latin1"), "to_csv"],
    ["a Python pickle", Buffer.from("80049500", "hex"), "to_csv"],
    ["an SQLite database", Buffer.from("SQLite format 3\0"), "sqlite3"],
    ["a bzip2 file", Buffer.from("BZh91AY&SY"), "unpack it"],
    ["an xz file", Buffer.from("fd377a585a0000", "hex"), "unpack it"],
    ["a Zstandard file", Buffer.from("28b52ffd0458", "hex"), "unpack it"],
    ["a tar archive", tar, "unpack it"],
    ["a PDF document", Buffer.from("%PDF-1.7"), "copy its text"],
    ["a web page", Buffer.from("\n<!DOCTYPE html><html>"), "download the file itself"],
    ["a pointer of Git LFS", Buffer.from("version https://git-lfs.github.com/spec/v1\noid sha256:0\n"), "git lfs pull"],
    ["UTF-16 without a mark", Buffer.from("text,label\none,a\n", "utf16le"), "iconv"],
    ["line 2 is not UTF-8", Buffer.from("text,label\ncaf\xe9,a\n", "latin1"), "WINDOWS-1252"],
  ])("is refused as %s, whatever its ending, also packed", (name, contents, remedy) => {
    for (const [file, bytes] of [
      ["rows.csv", contents],
      ["rows.parquet", contents],
      ["rows.jsonl.gz", gzipSync(contents)],
    ] as const) {
      let refusal: unknown;
      try {
        load(bytes, file);
      } catch (error) {
        refusal = error;
      }
      expect(refusal).toBeInstanceOf(DataError);
      expect((refusal as DataError).message).toContain(name);
      expect((refusal as DataError).problem.remedy).toContain(remedy);
    }
  });

  it("and what unpacks to more than a string holds, with limit and remedy", () => {
    const block = Buffer.alloc(1 << 20, 0x61);
    const packed = gzipSync(Buffer.concat([Buffer.from("text,label\n"), ...Array.from({ length: 513 }, () => block)]), {
      level: 1,
    });
    expect(() => load(packed, "rows.csv.gz")).toThrow(
      `at most ${MAX_FILE_BYTES} bytes are read; split it into several files`,
    );
  });
});
