import type { Interval } from "../statistics.ts";
import { escapeHtml, figure } from "./page.ts";

/** A point of a scatter plot. */
export interface Point {
  readonly x: number;
  readonly y: number;
  readonly name: string;
  readonly kind: "help" | "harm" | "other";
}

const WIDTH = 380;
const HEIGHT = 320;
const MARGIN = 36;

/** Points with a name each (shown on hovering), axes through the least and greatest values. */
export function scatter(points: readonly Point[], xTitle: string, yTitle: string): string {
  const x = scale(
    points.map((point) => point.x),
    MARGIN,
    WIDTH - 10,
  );
  const y = scale(
    points.map((point) => point.y),
    HEIGHT - MARGIN,
    10,
  );
  const dots = points.map(
    (point) =>
      `<circle class="${point.kind}" cx="${x(point.x)}" cy="${y(point.y)}" r="4" fill-opacity=".75"><title>${escapeHtml(point.name)}: ${point.x.toPrecision(3)}, ${point.y.toPrecision(3)}</title></circle>`,
  );
  return `<svg width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeHtml(`${yTitle} against ${xTitle}`)}">
<path class="axis" d="M${MARGIN} 10V${HEIGHT - MARGIN}H${WIDTH - 10}"/>
<text x="${WIDTH - 10}" y="${HEIGHT - 12}" text-anchor="end">${escapeHtml(xTitle)}</text>
<text transform="translate(18 14) rotate(-90)" text-anchor="end">${escapeHtml(yTitle)}</text>
${dots.join("\n")}</svg>`;
}

export interface Bar {
  readonly name: string;
  readonly value: Interval;
}

const ROW = 22;
const LABEL = 220;

/** Horizontal bars from 0 with the interval as a line and the figure beside it. */
export function intervalBars(bars: readonly Bar[]): string {
  const least = Math.min(0, ...bars.map(({ value }) => value.low));
  const most = Math.max(...bars.map(({ value }) => value.high), 1e-9);
  const x = (value: number): number => LABEL + ((WIDTH - 60) * (value - least)) / (most - least);
  const rows = bars.map(({ name, value }, i) => {
    const y = i * ROW;
    const [from, to] = [Math.min(x(0), x(value.estimate)), Math.max(x(0), x(value.estimate))];
    return `<text x="0" y="${y + 15}">${escapeHtml(name)}</text><rect class="help" x="${from.toFixed(1)}" y="${y + 5}" width="${(to - from).toFixed(1)}" height="12" fill-opacity=".7"/>
<path class="axis" d="M${x(value.low).toFixed(1)} ${y + 11}H${x(value.high).toFixed(1)}"/><text x="${LABEL + WIDTH - 50}" y="${y + 15}">${figure(value.estimate)}</text>`;
  });
  const width = LABEL + WIDTH;
  const height = bars.length * ROW;
  return `<svg width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="figures with intervals">${rows.join("\n")}</svg>`;
}

/** A contributor's share of a pool beside its share of the rows. */
export interface ShareBar {
  readonly name: string;
  readonly share: number;
  readonly rows: number;
  readonly harms: boolean;
}

const SHARE_ROW = 18;
const SHARE_WIDTH = 260;

export function shareBars(bars: readonly ShareBar[]): string {
  const total = bars.reduce((sum, { rows }) => sum + rows, 0);
  const largest = Math.max(...bars.flatMap(({ share, rows }) => [share, rows / total]));
  const width = (value: number): string => ((SHARE_WIDTH * value) / largest).toFixed(1);
  const rows = bars.map(({ name, share, rows: own, harms }, c) => {
    const y = c * SHARE_ROW;
    return `<text x="0" y="${y + 13}">${escapeHtml(name)}</text><rect class="${harms ? "harm" : "help"}" x="${LABEL}" y="${y + 3}" width="${width(share)}" height="7"/>
<rect class="other" x="${LABEL}" y="${y + 11}" width="${width(own / total)}" height="3"/><text x="${LABEL + 10 + SHARE_WIDTH}" y="${y + 13}">${(100 * share).toFixed(2)} % for ${own} rows</text>`;
  });
  const full = LABEL + SHARE_WIDTH + 170;
  const height = bars.length * SHARE_ROW;
  return `<svg width="${full}" height="${height}" viewBox="0 0 ${full} ${height}" role="img" aria-label="shares of the contributors">${rows.join("\n")}</svg>`;
}

function scale(values: readonly number[], from: number, to: number): (value: number) => string {
  const least = Math.min(...values);
  const range = Math.max(...values) - least || 1;
  return (value) => (from + ((to - from) * (value - least)) / range).toFixed(1);
}
