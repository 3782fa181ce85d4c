import { printable } from "../../../common/printable.ts";
import type { Interval } from "../statistics.ts";

/** A part of a report: its heading and its content as HTML. */
export interface Section {
  readonly heading: string;
  /** Plain text below the heading. */
  readonly intro?: string;
  readonly html: string;
}

const STYLE = `
body{font:15px/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem;color:#1a1a2e;background:#fff}
table{border-collapse:collapse;margin:1rem 0}td,th{padding:.2rem .9rem .2rem 0;text-align:left;vertical-align:top}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}.hint{color:#555;max-width:48rem}.pair{display:flex;flex-wrap:wrap;gap:2rem}
svg{max-width:100%;height:auto}text{font-size:12px;fill:#1a1a2e}.axis{stroke:#999;fill:none}.grid{stroke:#999;stroke-opacity:.25;fill:none}figure{margin:1rem 0}figcaption{font-weight:600;margin-bottom:.5rem}.help{fill:#3457d5}.harm{fill:#c0392b}.other{fill:#999}
.examples td{padding-bottom:.5rem;max-width:22rem}.examples img{width:56px;height:56px;image-rendering:pixelated}
@media(prefers-color-scheme:dark){body{color:#e8e8f0;background:#14141f}.hint{color:#aaa}text{fill:#e8e8f0}.help{fill:#7f9bff}.harm{fill:#ff7a6b}}
`;

/** One page that needs no other file. */
export function page(title: string, intro: string, sections: readonly Section[]): string {
  const body = sections.map(
    ({ heading, intro: text, html }) =>
      `<h2>${escapeHtml(heading)}</h2>\n${text === undefined ? "" : `<p class="hint">${escapeHtml(text)}</p>\n`}${html}`,
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style></head>
<body><h1>${escapeHtml(title)}</h1>
<p class="hint">${escapeHtml(intro)}</p>
${body.join("\n")}
</body></html>
`;
}

/** A column of a table; numbers stand to the right. */
export interface HtmlColumn<Row> {
  readonly title: string;
  readonly value: (row: Row) => string;
  readonly number?: boolean;
}

export function htmlTable<Row>(rows: readonly Row[], columns: readonly HtmlColumn<Row>[]): string {
  const kind = ({ number }: HtmlColumn<Row>): string => (number === true ? ' class="n"' : "");
  const head = columns.map((column) => `<th${kind(column)}>${escapeHtml(column.title)}</th>`).join("");
  const body = rows.map(
    (row) => `<tr>${columns.map((column) => `<td${kind(column)}>${escapeHtml(column.value(row))}</td>`).join("")}</tr>`,
  );
  return `<table><tr>${head}</tr>\n${body.join("\n")}</table>`;
}

export function figure(value: number): string {
  return value.toFixed(3);
}

export function withInterval({ estimate, low, high }: Interval): string {
  return `${figure(estimate)} (${figure(low)} – ${figure(high)})`;
}

export function escapeHtml(text: string): string {
  return printable(text).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
