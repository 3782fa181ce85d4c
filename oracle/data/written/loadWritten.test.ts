import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { pdfOf } from "../testing/pdfOf.ts";
import { tempFolder } from "../testing/tempFolder.ts";
import { loadWritten } from "./loadWritten.ts";

const json = (rows: readonly unknown[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join("");

function file(name: string, content: string | Uint8Array): string {
  const path = join(tempFolder(), name);
  writeFileSync(path, content);
  return path;
}

describe("a table of documents or pairs", () => {
  it("has documents where there is a text, with the columns of published data sets", async () => {
    const path = file("wiki.jsonl", json([{ id: "1", url: "https://x.example/a", title: "A", text: "About a." }]));
    expect((await loadWritten(path, { language: "en" })).examples).toEqual([
      {
        ...{ kind: "document", title: "A", text: "About a.", language: "en", source: "https://x.example/a" },
        meta: { id: "1" },
      },
    ]);
  });

  it.each([
    [{ question: "Why?", context: "Because.", answers: { text: ["Because"], answer_start: [0] } }, "Because."],
    [{ query: "Why?", positive: "Because.", negative: "Not so." }, "Because."],
    [{ anchor: "Why?", positive: "Because." }, "Because."],
    [{ question: "Why?", answer: ["Because.", "So."] }, "Because."],
    [{ question: "Why?", answers: { text: ["Because."], answer_start: [0] } }, "Because."],
    [{ instruction: "Why?", output: "Because." }, "Because."],
    [{ Question: "Why?", Answer: "Because." }, "Because."],
  ])("has pairs where there is a question with %j", async (row, passage) => {
    const [example] = (await loadWritten(file("qa.jsonl", json([row])))).examples;
    expect(example).toMatchObject({ kind: "pair", question: "Why?", passage, language: "und", source: "qa.jsonl" });
  });

  it("may be CSV", async () => {
    const path = file("qa.csv", 'question,answer,lang\n"Wie heiß?","80 Grad, nicht mehr.",de\n');
    expect((await loadWritten(path)).examples[0]).toMatchObject({ passage: "80 Grad, nicht mehr.", language: "de" });
  });

  it("stops at a bad row with its line, or lists it", async () => {
    const path = file("d.jsonl", json([{ text: "good" }, { text: "" }, { text: "bad", lang: "?" }, { text: "x\0" }]));
    await expect(loadWritten(path)).rejects.toThrow(/d\.jsonl:2: the text is undefined/u);
    const { examples, badRows } = await loadWritten(path, { skipBad: true });
    expect(examples).toHaveLength(1);
    expect(badRows.map(({ row }) => row)).toEqual([2, 3, 4]);
  });

  it("says which columns it needs", async () => {
    await expect(loadWritten(file("x.jsonl", json([{ a: 1, b: 2 }])))).rejects.toThrow(
      /the columns are "a", "b"; .*"question"/u,
    );
  });
});

describe("a folder of documents", () => {
  it("has a document for each file, by the folder it lies in", async () => {
    const dir = tempFolder();
    mkdirSync(join(dir, "law"));
    writeFileSync(join(dir, "a.md"), "# Tea\n\nSteep **well**, see [this](x.html).\n\n- hot\n");
    writeFileSync(
      join(dir, "law", "b.html"),
      "<html><head><title>Lease &amp; rent</title><script>x()</script></head><body><h1>Lease</h1><p>One\nline.</p><p>Two<br>lines &#8364;</p></body></html>",
    );
    writeFileSync(join(dir, "law", "c.txt"), "Plain text.\n");
    writeFileSync(join(dir, ".hidden.txt"), "not read");
    expect((await loadWritten(dir, { language: "en" })).examples).toEqual([
      {
        kind: "document",
        title: "Tea",
        text: "Tea\n\nSteep well, see this.\n\n- hot",
        language: "en",
        source: dir.split("/").at(-1),
        meta: {},
      },
      {
        kind: "document",
        title: "Lease & rent",
        text: "Lease\n\nOne line.\n\nTwo\nlines €",
        language: "en",
        source: "law",
        meta: {},
      },
      { kind: "document", title: "c", text: "Plain text.", language: "en", source: "law", meta: {} },
    ]);
  });

  it("lists files that cannot be read, or stops at the first", async () => {
    const dir = tempFolder();
    writeFileSync(join(dir, "a.txt"), "good");
    writeFileSync(join(dir, "empty.txt"), "");
    writeFileSync(join(dir, "latin.txt"), Buffer.from([0x63, 0x61, 0x66, 0xe9]));
    writeFileSync(join(dir, "scan.pdf"), pdfOf(["picture"]));
    await expect(loadWritten(dir)).rejects.toThrow(/empty\.txt: the file is empty/u);
    const { examples, badRows } = await loadWritten(dir, { skipBad: true });
    expect(examples).toHaveLength(1);
    expect(badRows.map(({ file: path }) => path.split("/").at(-1))).toEqual(["empty.txt", "latin.txt", "scan.pdf"]);
  });

  it("lists a document of 50 MB as too long, and cuts nothing off it", async () => {
    const dir = tempFolder({ "a.txt": "good", "b.txt": Buffer.alloc(50_000_000, "tea ") });
    await expect(loadWritten(dir)).rejects.toThrow(
      /b\.txt:1: the text has 49999999 characters; .*1 to 1048576.*split/u,
    );
    const { examples, badRows } = await loadWritten(dir, { skipBad: true });
    expect([examples.length, badRows.length]).toEqual([1, 1]);
  });

  it("is refused where nothing can be read", async () => {
    await expect(loadWritten(tempFolder())).rejects.toThrow(/there is nothing to read/u);
  });
});
