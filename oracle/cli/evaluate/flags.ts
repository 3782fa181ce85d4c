import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Command } from "commander";
import type { RunProgress } from "../../attribution/evaluate/runLog.ts";
import type { Section } from "../../attribution/evaluate/report/page.ts";
import { page } from "../../attribution/evaluate/report/page.ts";
import type { Interval } from "../../attribution/evaluate/statistics.ts";
import type { AttributionMethod } from "../../attribution/methods/tappedModel.ts";
import { METHODS } from "../../attribution/methods/registry.ts";
import type { Scheme } from "../../attribution/scheme.ts";
import { defaultScheme, parseScheme } from "../../attribution/scheme.ts";
import { InputError } from "../../common/errors.ts";
import { parseNewFile } from "../parse.ts";

/** Options that every study has. */
export interface StudyFlags {
  readonly seed: number;
  /** Folder of the retrained results. */
  readonly keep: string;
  readonly html?: string;
}

/** Adds `--seed`, `--keep` and `--html`. */
export function addStudyOptions(command: Command): Command {
  return command
    .option("--seed <n>", "seed of everything that is drawn", atLeast(0), 7)
    .option("--keep <folder>", "results of retrainings, so that a study goes on where it was stopped", keepFolder, KEEP)
    .option("--html <file>", "write a report in one page", parseNewFile);
}

const KEEP = resolve(".openledger/evaluate");
const keepFolder = (folder: string): string => resolve(folder);

/** Parser of an integer option. */
export function atLeast(least: number, most = Infinity): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= least && value <= most) return value;
    const limit = most === Infinity ? `an integer from ${least}` : `an integer from ${least} to ${most}`;
    throw new InputError("a number of an option is out of range", { value: text, limit });
  };
}

/** Parser of an option that is a share. */
export function share(text: string): number {
  const value = Number(text);
  if (value > 0 && value < 1) return value;
  throw new InputError("a share is out of range", { value: text, limit: "a number above 0 and below 1" });
}

export function methodOf(name: string): AttributionMethod {
  const method = METHODS.get(name);
  if (method !== undefined) return method;
  throw new InputError("there is no such method", { value: name, limit: [...METHODS.keys()].join(", ") });
}

/** The scheme that data of a kind is settled by, with other parameters where they are given. */
export function schemeOf(kind: Parameters<typeof defaultScheme>[0], { damping, rowWeight }: SchemeFlags): Scheme {
  return parseScheme({
    ...defaultScheme(kind),
    ...(damping !== undefined && { damping }),
    ...(rowWeight !== undefined && { rowWeight }),
  });
}

/** Options that change a study's scheme. */
export interface SchemeFlags {
  readonly damping?: number;
  readonly rowWeight?: string;
}

export function addSchemeOptions(command: Command): Command {
  return command
    .option("--damping <number>", "of the scheme, instead of the default for this kind of data", Number)
    .option("--row-weight <rule>", "doubt or rootDoubt, instead of the default for this kind of data");
}

/** Says on standard error how far a study is, every tenth run. */
export function sayProgress(what: string, { done, total, secondsLeft }: RunProgress): void {
  if (done % 10 !== 0 && done !== total && total > 10) return;
  process.stderr.write(`${what}: ${done} of ${total}, about ${timeOf(secondsLeft)} left\n`);
}

function timeOf(seconds: number): string {
  return seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`;
}

export function writeReport(
  file: string | undefined,
  title: string,
  intro: string,
  sections: readonly Section[],
): void {
  if (file !== undefined) writeFileSync(file, page(title, intro, sections));
}

export function figure(value: number): string {
  return value.toFixed(3);
}

export function range({ low, high }: Interval): string {
  return `${figure(low)} – ${figure(high)}`;
}
