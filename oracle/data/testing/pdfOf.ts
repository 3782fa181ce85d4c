/** What a page of a test's PDF file shows: lines of text, a picture as of a scanner, or nothing. */
export type PdfPage = readonly string[] | "picture" | "blank";

export interface PdfOptions {
  readonly title?: string;
  /** Names an encryption whose password nobody knows. */
  readonly encrypted?: boolean;
  /** Leaves out which characters the font's codes stand for, but for those in the private use area. */
  readonly withoutUnicode?: boolean;
  /** How many of its character each code stands for, as a ligature's stands for several. Default 1. */
  readonly charactersPerCode?: number;
}

/** Distance between lines; an empty line leaves room for a paragraph. */
const LEADING = 14;

/** A PDF file whose text is in codes of its own, with the table that says which characters they are, as real files in any script are. */
export function pdfOf(pages: readonly PdfPage[], options: PdfOptions = {}): Uint8Array {
  const characters = [...new Set(pages.flatMap((page) => (typeof page === "string" ? [] : Array.from(page.join("")))))];
  const codeOf = (character: string) => hex(characters.indexOf(character) + 1);
  const objects: string[] = [];
  const add = (body: string) => objects.push(body);
  const kids = pages.map((_, i) => `${6 + 2 * i} 0 R`).join(" ");
  add("<< /Type /Catalog /Pages 2 0 R >>");
  add(`<< /Type /Pages /Kids [${kids}] /Count ${pages.length} >>`);
  add(
    "<< /Type /Font /Subtype /Type0 /BaseFont /Test /Encoding /Identity-H /ToUnicode 4 0 R /DescendantFonts [<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Test " +
      "/CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> /DW 500 /FontDescriptor << /Type /FontDescriptor /FontName /Test /Flags 4 >> >>] >>",
  );
  const unicodeOf = (character: string, i: number) =>
    Buffer.from(
      options.withoutUnicode ? String.fromCharCode(0xe000 + i) : character.repeat(options.charactersPerCode ?? 1),
      "utf16le",
    )
      .swap16()
      .toString("hex");
  add(
    stream(
      `/CIDInit /ProcSet findresource begin begincmap /CMapType 2 def 1 begincodespacerange <0000> <ffff> endcodespacerange ` +
        characters.map((c, i) => `1 beginbfchar <${codeOf(c)}> <${unicodeOf(c, i)}> endbfchar`).join(" ") +
        " endcmap end",
    ),
  );
  add(
    stream(
      "\x00".repeat(4),
      "/Type /XObject /Subtype /Image /Width 2 /Height 2 /ColorSpace /DeviceGray /BitsPerComponent 8",
    ),
  );
  for (const [i, page] of pages.entries()) {
    add(
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents ${7 + 2 * i} 0 R /Resources << /Font << /F 3 0 R >> /XObject << /I 5 0 R >> >> >>`,
    );
    add(stream(contentOf(page, codeOf)));
  }
  const title = Buffer.from(`\uFEFF${options.title ?? ""}`, "utf16le")
    .swap16()
    .toString("hex");
  add(`<< /Title <${title}> >>`);
  const zeros = `<${"00".repeat(32)}>`;
  const encrypt = `/Encrypt << /Filter /Standard /V 1 /R 2 /O ${zeros} /U ${zeros} /P -4 >> /ID [${zeros} ${zeros}]`;
  return assembled(objects, `/Root 1 0 R /Info ${objects.length} 0 R ${options.encrypted ? encrypt : ""}`);
}

function contentOf(page: PdfPage, codeOf: (character: string) => string): string {
  if (page === "blank") return "";
  if (page === "picture") return "q 600 0 0 800 0 0 cm /I Do Q";
  const lines = page.map((line, i) => {
    const codes = Array.from(line, codeOf).join("");
    return line === "" ? "" : `BT /F 12 Tf 1 0 0 1 50 ${750 - LEADING * i} Tm <${codes}> Tj ET`;
  });
  return lines.join("\n");
}

function stream(content: string, entries = ""): string {
  return `<< ${entries} /Length ${content.length} >>\nstream\n${content}\nendstream`;
}

function assembled(objects: readonly string[], trailer: string): Uint8Array {
  let file = "%PDF-1.7\n";
  const offsets = objects.map((body, i) => {
    const at = file.length;
    file += `${i + 1} 0 obj\n${body}\nendobj\n`;
    return `${String(at).padStart(10, "0")} 00000 n \n`;
  });
  const table = `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${offsets.join("")}`;
  return Buffer.from(
    `${file}${table}trailer\n<< /Size ${objects.length + 1} ${trailer} >>\nstartxref\n${file.length}\n%%EOF\n`,
    "latin1",
  );
}

function hex(code: number): string {
  return code.toString(16).padStart(4, "0");
}
