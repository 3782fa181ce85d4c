import type { PDFDocumentProxy, PDFPageProxy } from "unpdf/pdfjs";
import { DataError } from "../errors.ts";
import { createRowPolicy, goodRow, type RowPolicy } from "../files/rows.ts";
import { type Extracted, tidy } from "./markup.ts";
import { MAX_DOCUMENT_LENGTH } from "./written.ts";

/** Distance between two lines, in heights of the lower one, from which it begins a paragraph. */
const PARAGRAPH_GAP = 1.6;
/** Most of a page's characters that may stand for no letter of any script. */
const UNREADABLE_SHARE = 0.1;

const PDF_LIMIT = "documents are read from PDF files that hold their text";

/**
 * The text of a PDF file, page after page in the order in which it was written, a paragraph where lines stand apart; the title is the one in its
 * properties. Characters come from the file alone, never from fonts of the machine; what lies outside of a page is not read. A page without text on which something is drawn is a bad row by
 * its number; one that is blank is passed over.
 *
 * @throws DataError `file-malformed` for what is no PDF, damaged or encrypted; `row-malformed` for a page that cannot be read, unless the policy
 * skips bad rows; `file-empty` where no page has text; `file-too-large` for more than a document holds
 */
export async function pdfText(file: string, bytes: Uint8Array, policy: RowPolicy): Promise<Extracted> {
  const { getDocumentProxy, getResolvedPDFJS } = await import("unpdf");
  const { OPS, VerbosityLevel } = await getResolvedPDFJS();
  const pdf = await getDocumentProxy(new Uint8Array(bytes), {
    verbosity: VerbosityLevel.ERRORS,
    useSystemFonts: false,
  }).catch((error: unknown) => {
    throw unopened(file, error);
  });
  try {
    const pages: string[] = [];
    const ofPages = createRowPolicy(policy.skipBad);
    let length = 0;
    for (let number = 1; number <= pdf.numPages; number++) {
      const read = await pageText(pdf, number, drawingOps(OPS)).catch(asBadPage);
      const text = goodRow(ofPages, file, number, () => {
        if (read instanceof DataError) throw read;
        return read;
      });
      if (text === undefined || text === "") continue;
      length += text.length;
      if (length > MAX_DOCUMENT_LENGTH) throw tooLong(file, number);
      pages.push(text);
    }
    // the file alone is listed where none of its pages can be read
    if (pages.length === 0) throw withoutText(file, pdf.numPages);
    policy.bad.push(...ofPages.bad);
    return { title: await titleOf(pdf), text: pages.join("\n\n") };
  } finally {
    await pdf.loadingTask.destroy();
  }
}

/** @throws DataError `row-malformed` for a page that shows something and has no text, or text in characters of its own */
async function pageText(pdf: PDFDocumentProxy, number: number, drawing: ReadonlySet<number>): Promise<string> {
  const page = await pdf.getPage(number);
  try {
    const text = await linesOf(page);
    if (text === "") {
      const { fnArray } = await page.getOperatorList();
      if (!fnArray.some((op) => drawing.has(op))) return "";
      throw badPage(
        "the page is drawn and has no text, as a scan",
        "recognize its text first, for example with ocrmypdf",
      );
    }
    const strange = text.match(/[\p{Co}\p{Cn}\uFFFD]|(?!\s)\p{Cc}/gu)?.length ?? 0;
    if (strange <= UNREADABLE_SHARE * text.length) return text;
    throw badPage(
      `${strange} of the page's ${text.length} characters stand for no letter`,
      "export the document again with its fonts' Unicode tables, or recognize its text",
    );
  } finally {
    page.cleanup();
  }
}

async function linesOf(page: PDFPageProxy): Promise<string> {
  const { items } = await page.getTextContent();
  let text = "";
  let above: number | undefined;
  for (const item of items) {
    if (!("str" in item)) continue;
    if (item.str.trim() !== "") {
      const y = item.transform[5] as number;
      if (above !== undefined && Math.abs(above - y) > PARAGRAPH_GAP * item.height) text += "\n\n";
      above = y;
    }
    text += item.str;
    if (item.hasEOL) text += "\n";
  }
  return tidy(text);
}

/** What puts ink on a page. */
function drawingOps(ops: Readonly<Record<string, number>>): ReadonlySet<number> {
  return new Set(
    Object.entries(ops)
      .filter(([name]) => /fill|stroke|paint(?!FormXObject)|showText/iu.test(name) && !/^set/u.test(name))
      .map(([, op]) => op),
  );
}

async function titleOf(pdf: PDFDocumentProxy): Promise<string> {
  const { info } = await pdf.getMetadata();
  const title = "Title" in info ? info.Title : "";
  return typeof title === "string" ? tidy(title).replace(/\s+/gu, " ") : "";
}

/** A damaged page is reported as one that cannot be read, whatever the library says of it. */
function asBadPage(error: unknown): DataError {
  if (error instanceof DataError) return error;
  return badPage(`the page is damaged: ${messageOf(error)}`, "export the document again");
}

function badPage(value: string, remedy: string): DataError {
  return new DataError({ code: "row-malformed", value, limit: PDF_LIMIT, remedy });
}

function unopened(file: string, error: unknown): DataError {
  const encrypted = error instanceof Error && error.name === "PasswordException";
  return new DataError(
    {
      code: "file-malformed",
      value: encrypted ? "the PDF file is encrypted" : `this is no PDF file, or a damaged one: ${messageOf(error)}`,
      limit: PDF_LIMIT,
      remedy: encrypted ? "save it without a password" : "export it again",
    },
    { file },
  );
}

function withoutText(file: string, pages: number): DataError {
  return new DataError(
    {
      code: "file-empty",
      value: `none of ${pages} pages has text`,
      limit: PDF_LIMIT,
      remedy: "recognize its text first",
    },
    { file },
  );
}

function tooLong(file: string, page: number): DataError {
  return new DataError(
    {
      code: "file-too-large",
      value: `the document has more text by page ${page}`,
      limit: `a document has at most ${MAX_DOCUMENT_LENGTH} characters`,
      remedy: "split it into parts, for example by chapters",
    },
    { file },
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
