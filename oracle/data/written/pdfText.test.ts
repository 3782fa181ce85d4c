import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRowPolicy } from "../files/rows.ts";
import { tempFolder } from "../testing/tempFolder.ts";
import { pdfOf, type PdfOptions, type PdfPage } from "../testing/pdfOf.ts";
import { loadWritten } from "./loadWritten.ts";
import { pdfText } from "./pdfText.ts";

const read = (pages: readonly PdfPage[], options: PdfOptions = {}, skipBad = false) =>
  pdfText("a.pdf", pdfOf(pages, options), createRowPolicy(skipBad));

describe("a PDF file that is no document", () => {
  it("is refused encrypted, damaged, cut off and empty, with the reason", async () => {
    const whole = pdfOf([["Tea."]]);
    const refused = (bytes: Uint8Array) => expect(pdfText("a.pdf", bytes, createRowPolicy(true))).rejects;
    await refused(pdfOf([["Tea."]], { encrypted: true })).toThrow(/a\.pdf: the PDF file is encrypted; .*password/u);
    await refused(Buffer.from("%PDF-1.7\nnothing more")).toThrow(/a\.pdf: this is no PDF file, or a damaged one/u);
    await refused(whole.subarray(0, 40)).toThrow(/this is no PDF file, or a damaged one/u);
    await refused(Buffer.from("plain text")).toThrow(/this is no PDF file/u);
    await refused(pdfOf(["blank", "blank"])).toThrow(/a\.pdf: none of 2 pages has text/u);
  });

  it("is refused where it holds more than a document does, before the rest is read", async () => {
    const pages = Array.from({ length: 40 }, () => Array.from({ length: 5 }, () => "x".repeat(60)));
    await expect(read(pages, { charactersPerCode: 100 })).rejects.toThrow(
      /more text by page 35; a document has at most 1048576 characters/u,
    );
  });
});

describe("a page without text", () => {
  it("stops the loader where it is a scan, by its number, or is listed", async () => {
    await expect(read([["Tea."], "picture"])).rejects.toThrow(/a\.pdf:2: the page is drawn and has no text/u);
    const policy = createRowPolicy(true);
    expect((await pdfText("a.pdf", pdfOf([["Tea."], "picture", ["Milk."]]), policy)).text).toBe("Tea.\n\nMilk.");
    expect(policy.bad.map(({ row }) => row)).toEqual([2]);
    const scanned = createRowPolicy(true);
    await expect(pdfText("a.pdf", pdfOf(["picture", "picture"]), scanned)).rejects.toThrow(/none of 2 pages has text/u);
    expect(scanned.bad).toEqual([]);
  });

  it("is passed over where it is blank", async () => {
    expect((await read([["Tea."], "blank", ["Milk."]])).text).toBe("Tea.\n\nMilk.");
  });

  it("stops the loader where its characters are those of a font alone", async () => {
    await expect(read([["Tea is hot."]], { withoutUnicode: true })).rejects.toThrow(/stand for no letter/u);
  });
});

describe("the text of a PDF file", () => {
  it("has lines, and paragraphs where lines stand apart", async () => {
    const page = ["Tea is steeped", "for two minutes.", "", "Milk comes first."];
    expect(await read([page], { title: "How  to make tea" })).toEqual({
      title: "How to make tea",
      text: "Tea is steeped\nfor two minutes.\n\nMilk comes first.",
    });
  });

  it.each([
    "All human beings are born free.",
    "人人生而自由，在尊严和权利上一律平等。",
    "सभी मनुष्यों को गौरव",
    "มนุษย์ทั้งหลาย",
    "Ünïcödé 👋",
  ])("keeps every character of %s", async (line) => {
    expect((await read([[line]])).text).toBe(line);
  });

  it("is what was written, whatever the words and pages", async () => {
    const word = fc.stringMatching(/^[a-zß-öЀ-я0-9]{1,8}$/u);
    const page = fc.array(
      fc.array(word, { minLength: 1, maxLength: 5 }).map((words) => words.join(" ")),
      {
        minLength: 1,
        maxLength: 5,
      },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(page, { minLength: 1, maxLength: 4 }), async (pages) => {
        expect((await read(pages)).text).toBe(pages.map((lines) => lines.join("\n")).join("\n\n"));
      }),
      { numRuns: 20 },
    );
  });
});

describe("a folder with PDF files", () => {
  it("has a document for each, named by its title or its file", async () => {
    const dir = tempFolder({ "a.pdf": pdfOf([["Tea."]], { title: "On tea" }), "b.PDF": pdfOf([["Milk."]]) });
    const { examples } = await loadWritten(dir, { language: "en" });
    expect(examples).toMatchObject([
      { kind: "document", title: "On tea", text: "Tea." },
      { kind: "document", title: "b", text: "Milk." },
    ]);
  });
});
