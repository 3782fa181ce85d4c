import type { Columns } from "../data/files/columns.ts";
import type { BadRow } from "../data/files/rows.ts";
import type { RowColumns } from "../data/tabular/tableRows.ts";
import type { Preview } from "../data/preview.ts";

/** What a file holds and how it was read, before anything is sent. */
export interface FilePreview extends Preview {
  readonly file: string;
  readonly format: string;
  readonly columns?: Columns | RowColumns;
  readonly notes: readonly string[];
  readonly leftOut: readonly BadRow[];
  /** Contributed examples that it was compared with; absent where they are not known. */
  readonly comparedWith?: number;
}

/** Conflicts, and groups of labels, that are listed. */
const MOST_LISTED = 5;

/** Which column became what; nothing for files without columns. */
export function formatColumns(columns: Columns | RowColumns | undefined): string[] {
  if (columns === undefined) return [];
  if ("target" in columns) return [formatRowColumns(columns)];
  const { text, label, others, guessed } = columns;
  const rest = others.length === 0 ? "" : `; described by ${others.map(quoted).join(", ")}`;
  const hint = guessed ? " (guessed: --text-column and --label-column name others)" : "";
  return [`text from ${quoted(text)}, label from ${quoted(label)}${rest}${hint}`];
}

function formatRowColumns({ target, numbers, categories, others }: RowColumns): string {
  const parts = [
    ["numbers", numbers],
    ["categories", categories],
  ] as const;
  const read = parts
    .filter(([, names]) => names.length > 0)
    .map(([what, names]) => `${what} ${names.map(quoted).join(", ")}`);
  const rest = others.length === 0 ? "" : `; left out ${others.map(quoted).join(", ")}`;
  return `${quoted(target)} from ${read.join("; ")}${rest}`;
}

/** What somebody should look at before they pay for it. */
export function warningsOf(preview: FilePreview): string[] {
  const { repetitions, conflicts, lookAlikes, notes, comparedWith } = preview;
  const repeated = repetitions.inFile + repetitions.contributed;
  const compared = comparedWith === undefined ? "" : `, ${repetitions.contributed} what the Datanet holds`;
  return [
    ...notes.map((note) => `note: ${note}`),
    ...(repeated === 0
      ? []
      : [
          `warning: ${repetitions.inFile} examples repeat others of the file${compared}: they earn nothing and cost as much`,
        ]),
    ...listed(
      conflicts,
      ({ text, labels }) => `${quoted(shortened(text))} is labelled ${labels.map(quoted).join(" and ")}`,
    ),
    ...listed(
      lookAlikes,
      (labels) => `the labels ${labels.map(quoted).join(" and ")} look alike and count as different`,
    ),
  ];
}

function listed<T>(items: readonly T[], render: (item: T) => string): string[] {
  const lines = items.slice(0, MOST_LISTED).map((item) => `warning: ${render(item)}`);
  const more = items.length - lines.length;
  return more <= 0 ? lines : [...lines, `warning: and ${more} more of this kind`];
}

/** In quotes, with nothing in it that a terminal would obey. */
function quoted(text: string): string {
  return JSON.stringify(text).replace(
    /[\p{Cc}\p{Cf}]/gu,
    (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`,
  );
}

function shortened(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 57)}…`;
}
