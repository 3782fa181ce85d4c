import { escapeHtml } from "./page.ts";

/** What an axis shows: its title with the unit, such as "score (share of the pool)". */
export interface AxisTitle {
  readonly title: string;
  /** How a value is written at its tick. Default: as it is. */
  readonly format?: (value: number) => string;
}

/** Values that are spread over pixels. */
export interface Scale {
  (value: number): number;
  readonly ticks: readonly number[];
}

const TICKS = 5;
/** Below this a number is 0 to an axis: steps between smaller ones are no numbers any more. */
const ZERO = 1e-280;
/** Values that lie closer together, in proportion to their size, are one value to an axis. */
const CLOSE = 1e-6;

/** A scale over round numbers that hold all values; 0 is one of them where values lie on both sides. */
export function scaleOf(values: readonly number[], from: number, to: number): Scale {
  const ticks = roundTicks(Math.min(...values), Math.max(...values));
  const least = ticks[0]!;
  const most = ticks[ticks.length - 1]!;
  return Object.assign((value: number) => from + ((to - from) * (value - least)) / (most - least), { ticks });
}

/** Multiples of 1, 2 or 5 times a power of ten, the first at or below `least`, the last at or above `most`. */
export function roundTicks(least: number, most: number): number[] {
  const size = Math.max(Math.abs(least), Math.abs(most));
  const spread = most - least > CLOSE * size ? most - least : size;
  const span = size < ZERO ? 1 : spread;
  const step = roundStep(span / TICKS);
  const first = Math.floor(least / step);
  const last = Math.max(first + 1, Math.ceil(most / step));
  // Powers of ten below 1 are no binary fractions: without rounding a tick would read 0.30000000000000004.
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(15)));
}

function roundStep(atLeast: number): number {
  const power = Number(`1e${atLeast.toExponential().split("e")[1]!}`);
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= atLeast) ?? 10 * power;
}

/** Ticks, their labels and a grid below a chart, with the axis's title. @param top and bottom of the grid in pixels */
export function bottomAxis(scale: Scale, { title, format = plain }: AxisTitle, top: number, bottom: number): string {
  const [first, last] = [scale(scale.ticks[0]!), scale(scale.ticks.at(-1)!)];
  const ticks = scale.ticks.map((value) => {
    const x = px(scale(value));
    const line = `<path class="${value === 0 ? "axis" : "grid"}" d="M${x} ${top}V${bottom}"/>`;
    return `${line}<text x="${x}" y="${bottom + 16}" text-anchor="middle">${escapeHtml(format(value))}</text>`;
  });
  return `${ticks.join("\n")}
<path class="axis" d="M${px(first)} ${bottom}H${px(last)}"/>
<text x="${px((first + last) / 2)}" y="${bottom + 34}" text-anchor="middle">${escapeHtml(title)}</text>`;
}

/** The same beside a chart, its title along the axis. @param left and right of the grid in pixels */
export function leftAxis(scale: Scale, { title, format = plain }: AxisTitle, left: number, right: number): string {
  const [first, last] = [scale(scale.ticks[0]!), scale(scale.ticks.at(-1)!)];
  const ticks = scale.ticks.map((value) => {
    const y = px(scale(value));
    const line = `<path class="${value === 0 ? "axis" : "grid"}" d="M${left} ${y}H${right}"/>`;
    return `${line}<text x="${left - 6}" y="${px(scale(value) + 4)}" text-anchor="end">${escapeHtml(format(value))}</text>`;
  });
  return `${ticks.join("\n")}
<path class="axis" d="M${left} ${px(last)}V${px(first)}"/>
<text transform="translate(14 ${px((first + last) / 2)}) rotate(-90)" text-anchor="middle">${escapeHtml(title)}</text>`;
}

export function percent(value: number): string {
  return `${Number((100 * value).toPrecision(12))} %`;
}

/** A pixel position, a tenth exactly. */
export function px(value: number): string {
  return value.toFixed(1);
}

function plain(value: number): string {
  const size = Math.abs(value);
  return value !== 0 && (size < 1e-3 || size >= 1e5) ? value.toExponential() : String(value);
}
