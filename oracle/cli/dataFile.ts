import type { Command } from "commander";
import { printable } from "../common/printable.ts";
import { formatColumns, type FilePreview, warningsOf } from "./filePreview.ts";
import type { Example } from "../data/example.ts";
import { loadFile, type LoadedFile } from "../data/loadFile.ts";
import { type LoadedRows, loadRows } from "../data/tabular/loadRows.ts";
import { previewOf } from "../data/preview.ts";

/** Options of a command that reads a file of examples. */
export interface DataFileOptions {
  readonly file?: string;
  readonly label?: string;
  readonly textColumn?: string;
  readonly labelColumn?: string;
  readonly target?: string;
  readonly skipBad: boolean;
}

/** Adds `--file` and what says how it is read. */
export function addDataFileOptions(command: Command): Command {
  return command
    .option(
      "--file <file>",
      ".csv, .tsv, .jsonl, .json, .parquet or .txt, also with .gz; or a folder of texts per label",
    )
    .option("--text-column <name>", "column or field that holds the text; guessed if absent")
    .option("--label-column <name>", "column or field that holds the label; guessed if absent")
    .option("--target <name>", "column to be foretold: the others are read as numbers and categories, not as text")
    .option("--label <label>", "label of every paragraph of a .txt file")
    .option("--skip-bad", "leave bad rows out and list them", false);
}

/** @throws DataError as `loadFile`, or with a target as `loadRows` */
export function readDataFile(file: string, options: DataFileOptions): LoadedFile | LoadedRows {
  const { label, textColumn, labelColumn, target, skipBad } = options;
  if (target !== undefined) return loadRows(file, { target, skipBad });
  return loadFile(file, {
    skipBad,
    ...(label !== undefined && { label }),
    ...(textColumn !== undefined && { textColumn }),
    ...(labelColumn !== undefined && { labelColumn }),
  });
}

/** @param contributed what the Datanet holds; undefined where it is not known */
export function previewFile(
  file: string,
  loaded: LoadedFile | LoadedRows,
  contributed: readonly Example[] | undefined,
): FilePreview {
  const { format, columns, notes, badRows, examples } = loaded;
  return {
    file,
    format,
    ...(columns && { columns }),
    notes,
    leftOut: badRows,
    ...(contributed && { comparedWith: contributed.length }),
    ...previewOf(examples, contributed ?? []),
  };
}

/** The preview in lines for people: what was read and how, and then what they should look at. */
export function describePreview(preview: FilePreview): string {
  const { file, format, examples, labels, leftOut } = preview;
  return [
    `${file}: ${format}`,
    ...formatColumns(preview.columns),
    ...leftOut.map(({ message }) => `left out: ${printable(message)}`),
    `${examples} examples, ${labels.length} labels: ${someLabels(labels)}`,
    ...warningsOf(preview),
  ].join("\n");
}

const MOST_LABELS = 12;

function someLabels(labels: FilePreview["labels"]): string {
  const listed = labels.slice(0, MOST_LABELS).map(({ label, examples }) => `${printable(label)} ${examples}`);
  const more = labels.length - listed.length;
  return listed.join(", ") + (more === 0 ? "" : ` and ${more} more`);
}
