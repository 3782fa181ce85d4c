import type { Example, Image } from "../../../data/example.ts";
import { rowInputJson } from "../../../data/tabular/rowInput.ts";
import type { Section } from "./page.ts";
import { escapeHtml } from "./page.ts";

/** An output that was delivered, and the training rows that raised and lowered it most. */
export interface ExplainedOutput {
  readonly query: Example;
  readonly delivered: string;
  readonly top: readonly ExplainingRow[];
  readonly bottom: readonly ExplainingRow[];
}

export interface ExplainingRow {
  readonly example: Example;
  readonly contributor: string;
  readonly score: number;
}

const ROWS_EACH = 3;
const LONGEST_TEXT = 160;

/** The rows of greatest and least score for each output. @param scores outputs x rows */
export function explainOutputs(
  scores: Float32Array,
  outputs: readonly { readonly query: Example; readonly delivered: string }[],
  rows: readonly Omit<ExplainingRow, "score">[],
): ExplainedOutput[] {
  return outputs.map((output, q) => {
    const own = scores.subarray(q * rows.length, (q + 1) * rows.length);
    const order = Int32Array.from(own.keys()).sort((a, b) => own[b]! - own[a]! || a - b);
    const explaining = (chosen: Int32Array): ExplainingRow[] =>
      Array.from(chosen, (row) => ({ ...rows[row]!, score: own[row]! }));
    return {
      ...output,
      top: explaining(order.subarray(0, ROWS_EACH)),
      bottom: explaining(order.slice(-ROWS_EACH).reverse()),
    };
  });
}

export function examplesSection(outputs: readonly ExplainedOutput[]): Section {
  const rows = outputs.map(
    ({ query, delivered, top, bottom }) =>
      `<tr><td>${shown(query)}<br>answered: <b>${escapeHtml(delivered)}</b><br>true: ${escapeHtml(query.label)}</td>
<td>${top.map(explaining).join("")}</td><td>${bottom.map(explaining).join("")}</td></tr>`,
  );
  return {
    heading: "Outputs and the rows behind them",
    intro:
      "For some outputs the training rows that raised the answer most and those that lowered it most, under one model.",
    html: `<table class="examples"><tr><th>output</th><th>raised it</th><th>lowered it</th></tr>\n${rows.join("\n")}</table>`,
  };
}

function explaining({ example, contributor, score }: ExplainingRow): string {
  return `<p>${shown(example)}<br>${escapeHtml(example.label)} · ${escapeHtml(contributor)} · ${score.toPrecision(2)}</p>`;
}

function shown(example: Example): string {
  if (example.kind === "image") return `<img alt="" src="${bitmap(example.input)}">`;
  const input = example.kind === "row" ? rowInputJson(example.input) : example.input;
  return escapeHtml(input.length > LONGEST_TEXT ? `${input.slice(0, LONGEST_TEXT)}…` : input);
}

const BITMAP_HEADER = 54;

/** An image as a data URI: an uncompressed 24-bit bitmap, rows from the bottom up and padded to four bytes. */
export function bitmap({ width, height, channels, pixels }: Image): string {
  const stride = Math.ceil((3 * width) / 4) * 4;
  const bytes = new Uint8Array(BITMAP_HEADER + stride * height);
  const view = new DataView(bytes.buffer);
  bytes.set([0x42, 0x4d]);
  view.setUint32(2, bytes.length, true);
  view.setUint32(10, BITMAP_HEADER, true);
  view.setUint32(14, 40, true); // size of the second header
  view.setInt32(18, width, true);
  view.setInt32(22, height, true);
  view.setUint16(26, 1, true); // planes
  view.setUint16(28, 24, true); // bits per pixel
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = (y * width + x) * channels;
      const to = BITMAP_HEADER + (height - 1 - y) * stride + 3 * x;
      for (let c = 0; c < 3; c++) bytes[to + 2 - c] = pixels[from + (channels >= 3 ? c : 0)]!;
    }
  }
  return `data:image/bmp;base64,${Buffer.from(bytes).toString("base64")}`;
}
