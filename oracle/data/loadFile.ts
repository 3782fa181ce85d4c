import { basename, extname } from "node:path";
import { DataError } from "./errors.ts";
import type { TextExample } from "./example.ts";
import { readCsvExamples } from "./files/csv.ts";
import { readJsonlExamples } from "./files/jsonl.ts";
import { readParagraphs } from "./files/plainText.ts";
import type { BadRow } from "./files/rows.ts";
import { createRowPolicy } from "./files/rows.ts";

export interface LoadFileOptions {
  /** Leave bad rows out and list them, instead of stopping at the first. Default false. */
  readonly skipBad?: boolean;
  /** Label of every paragraph of a plain text file. Needed there, unused elsewhere. */
  readonly label?: string;
}

/**
 * Text examples of one file, as a contributor hands it in: `.jsonl` ({"text", "label", "meta"?}), `.csv` or `.tsv` (header
 * with `text` and `label`), `.txt` (paragraphs of one label); each may be followed by `.gz`.
 *
 * @throws DataError `option-invalid` for another ending or a text file without a label, `file-empty` for one without a good
 * row; the reader's errors.
 */
export function loadFile(file: string, options: LoadFileOptions = {}): { examples: TextExample[]; badRows: BadRow[] } {
  const policy = createRowPolicy(options.skipBad ?? false);
  const extension = extname(basename(file, ".gz"));
  const columns = { text: "text", label: "label" };
  const read = () => {
    switch (extension) {
      case ".jsonl":
        return readJsonlExamples(file, policy);
      case ".csv":
        return readCsvExamples(file, columns, policy);
      case ".tsv":
        return readCsvExamples(file, { ...columns, delimiter: "\t" }, policy);
      case ".txt":
        if (options.label === undefined) {
          throw unusable(file, "a text file without a label", "its paragraphs need one", "give it with --label");
        }
        return readParagraphs(file, options.label, policy);
      default:
        throw unusable(
          file,
          `the ending "${extension}"`,
          "files end in .jsonl, .csv, .tsv or .txt",
          "convert the file",
        );
    }
  };
  const examples = read();
  if (examples.length > 0) return { examples, badRows: policy.bad };
  const left = policy.bad.length;
  throw new DataError(
    {
      code: "file-empty",
      value: left === 0 ? "there is no row" : `all ${left} rows are bad; the first: ${policy.bad[0]!.message}`,
      limit: "a data file has at least one good row",
      remedy: "put rows in it or leave it out",
    },
    { file },
  );
}

function unusable(file: string, value: string, limit: string, remedy: string): DataError {
  return new DataError({ code: "option-invalid", value, limit, remedy }, { file });
}
