import type { Interval } from "../statistics.ts";
import type { AxisTitle } from "./axis.ts";
import { bottomAxis, leftAxis, percent, px, scaleOf } from "./axis.ts";
import { escapeHtml, figure } from "./page.ts";

/** A point of a scatter plot. */
export interface Point {
  readonly x: number;
  readonly y: number;
  readonly name: string;
  readonly kind: "help" | "harm" | "other";
}

const WIDTH = 420;
const HEIGHT = 340;
const LEFT = 70;
const RIGHT = 14;
/** Room for tick labels and the title of the axis below. */
const BOTTOM = 44;
const TOP = 10;

/** Points with a name each (shown on hovering) between two axes. @param question what the reader learns from it */
export function scatter(question: string, points: readonly Point[], xAxis: AxisTitle, yAxis: AxisTitle): string {
  const [right, bottom] = [WIDTH - RIGHT, HEIGHT - BOTTOM];
  const x = scaleOf(
    points.map((point) => point.x),
    LEFT,
    right,
  );
  const y = scaleOf(
    points.map((point) => point.y),
    bottom,
    TOP,
  );
  const dots = points.map(
    (point) =>
      `<circle class="${point.kind}" cx="${px(x(point.x))}" cy="${px(y(point.y))}" r="4" fill-opacity=".75"><title>${escapeHtml(point.name)}: ${point.x.toPrecision(3)}, ${point.y.toPrecision(3)}</title></circle>`,
  );
  const axes = `${bottomAxis(x, xAxis, TOP, bottom)}\n${leftAxis(y, yAxis, LEFT, right)}`;
  return chart(question, WIDTH, HEIGHT, `${axes}\n${dots.join("\n")}`);
}

export interface Bar {
  readonly name: string;
  readonly value: Interval;
}

const ROW = 22;
const LABEL = 230;
const BARS = 360;

/** Horizontal bars from 0 with the interval as a line and the figure beside it, above an axis. */
export function intervalBars(question: string, bars: readonly Bar[], axis: AxisTitle): string {
  const x = scaleOf([0, ...bars.flatMap(({ value }) => [value.low, value.high])], LABEL, LABEL + BARS);
  const rows = bars.map(({ name, value }, i) => {
    const y = i * ROW;
    const [from, to] = [Math.min(x(0), x(value.estimate)), Math.max(x(0), x(value.estimate))];
    return `<text x="0" y="${y + 15}">${escapeHtml(name)}</text><rect class="help" x="${px(from)}" y="${y + 5}" width="${px(to - from)}" height="12" fill-opacity=".7"/>
<path class="axis" d="M${px(x(value.low))} ${y + 11}H${px(x(value.high))}"/><text x="${LABEL + BARS + 10}" y="${y + 15}">${figure(value.estimate)}</text>`;
  });
  const bottom = bars.length * ROW;
  const body = `${bottomAxis(x, axis, 0, bottom)}\n${rows.join("\n")}`;
  return chart(question, LABEL + BARS + 60, bottom + BOTTOM, body);
}

/** A contributor's share of a pool beside its share of the rows. */
export interface ShareBar {
  readonly name: string;
  readonly share: number;
  readonly rows: number;
  readonly harms: boolean;
}

const SHARE_ROW = 18;

/** Two bars for each contributor: its share of the pool, and below it its share of the training rows. */
export function shareBars(question: string, bars: readonly ShareBar[]): string {
  const total = bars.reduce((sum, { rows }) => sum + rows, 0) || 1;
  const x = scaleOf([0, ...bars.flatMap(({ share, rows }) => [share, rows / total])], LABEL, LABEL + BARS);
  const width = (value: number): string => px(x(value) - x(0));
  const rows = bars.map(({ name, share, rows: own, harms }, c) => {
    const y = c * SHARE_ROW;
    return `<text x="0" y="${y + 13}">${escapeHtml(name)}</text><rect class="${harms ? "harm" : "help"}" x="${LABEL}" y="${y + 3}" width="${width(share)}" height="7"/>
<rect class="other" x="${LABEL}" y="${y + 11}" width="${width(own / total)}" height="3"/><text x="${LABEL + BARS + 10}" y="${y + 13}">${(100 * share).toFixed(2)} % for ${own} rows</text>`;
  });
  const bottom = bars.length * SHARE_ROW;
  const axis = { title: "share of the pool (thick) and of the training rows (thin)", format: percent };
  const body = `${bottomAxis(x, axis, 0, bottom)}\n${rows.join("\n")}`;
  return chart(question, LABEL + BARS + 170, bottom + BOTTOM, body);
}

function chart(question: string, width: number, height: number, body: string): string {
  const svg = `<svg width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeHtml(question)}">\n${body}</svg>`;
  return `<figure><figcaption>${escapeHtml(question)}</figcaption>\n${svg}</figure>`;
}
