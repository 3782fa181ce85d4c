import { mkdirSync, writeFileSync } from "node:fs";
import { arch, cpus, platform, release, totalmem } from "node:os";
import process from "node:process";

/** One measured figure. */
export interface Row {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What the figure should be at most or at least, where there is such a figure. */
  readonly comparator?: "<=" | ">=";
  readonly target?: number;
  /** The best other implementation and its figure, as text. */
  readonly peer?: string;
}

/** A benchmark: one module of this folder. */
export interface Benchmark {
  readonly name: string;
  /** Of every generator that it uses. */
  readonly seed: number;
  /** @param options what follows the name on the command line. */
  measure(options: readonly string[]): Iterable<Row> | AsyncIterable<Row>;
}

/** What the figures were measured on. */
export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  readonly node: string;
}

/** Whether a row has no target or reaches it. */
export function isMet({ value, comparator, target }: Row): boolean {
  if (comparator === undefined || target === undefined) return true;
  return comparator === "<=" ? value <= target : value >= target;
}

/** The machine that this runs on. */
export function thisMachine(): Machine {
  return {
    processor: cpus()[0]?.model.trim() ?? "unknown",
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${release()} ${arch()}`,
    node: process.version,
  };
}

/** Rows as a table for people. */
export function tableOf(rows: readonly Row[]): string {
  const header = ["", "measured", "target", "peer"];
  const cells = rows.map((row) => [
    row.name,
    `${formatNumber(row.value)} ${row.unit}`,
    row.target === undefined ? "" : `${isMet(row) ? "✓" : "✗"} ${row.comparator ?? ""} ${formatNumber(row.target)}`,
    row.peer ?? "",
  ]);
  const widths = header.map((_, column) => Math.max(...[header, ...cells].map((line) => line[column]!.length)));
  const line = (texts: readonly string[]) =>
    texts
      .map((text, column) => text.padEnd(widths[column]!))
      .join("  ")
      .trimEnd();
  return [line(header), line(widths.map((width) => "─".repeat(width))), ...cells.map(line)].join("\n");
}

/** Writes `results/<name>.json` and returns its path. */
export function writeResults(benchmark: Benchmark, rows: readonly Row[]): string {
  const folder = new URL("results/", import.meta.url);
  mkdirSync(folder, { recursive: true });
  const file = new URL(`${benchmark.name}.json`, folder);
  const results = {
    name: benchmark.name,
    measuredAt: new Date().toISOString(),
    machine: thisMachine(),
    seed: benchmark.seed,
    rows,
  };
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
  return file.pathname;
}

/** Four significant digits, thousands separated. */
function formatNumber(value: number): string {
  return value.toLocaleString("en", value >= 1000 ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: 4 });
}
