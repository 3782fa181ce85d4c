import { readdirSync, statSync } from "node:fs";
import { extname, join } from "node:path";
import type { TextExample } from "../example.ts";
import { readText } from "./bytes.ts";
import type { RowPolicy } from "./rows.ts";
import { goodRow, malformedRow } from "./rows.ts";
import { fileExample } from "./tableExamples.ts";
import { DataError } from "../errors.ts";

/** Names that systems leave in folders and archives, which nobody contributes. */
export const isHidden = (name: string) => name.startsWith(".") || name === "__MACOSX";

/** Whether a folder holds folders of text files, and no other files: `sports/1.txt`, `politics/1.txt`. */
export function isTextFolder(dir: string): boolean {
  const names = visible(dir);
  return (
    names.length > 0 &&
    names.every((name) => statSync(join(dir, name)).isDirectory()) &&
    names.some((name) => visible(join(dir, name)).some((file) => extname(file) === ".txt"))
  );
}

/**
 * Text examples of a folder of folders: a text file is an example, and its folder's name the label. By names (code units), so everywhere in one order.
 * A file is bad as a row is.
 */
export function readTextFolder(dir: string, policy: RowPolicy): TextExample[] {
  return visible(dir).flatMap((label) =>
    visible(join(dir, label)).flatMap((name) => {
      const file = join(dir, label, name);
      const example = goodRow(policy, file, 1, () => {
        if (!statSync(file).isFile() || extname(name) !== ".txt") {
          throw malformedRow(`"${name}"`, "a folder of one label holds .txt files", "take it out");
        }
        return fileExample(textOf(file), label);
      });
      return example === undefined ? [] : [example];
    }),
  );
}

function textOf(file: string): string {
  try {
    return readText(file).trim();
  } catch (error) {
    // One unreadable file is one bad row.
    if (error instanceof DataError) throw new DataError(error.problem);
    throw error;
  }
}

function visible(dir: string): string[] {
  return readdirSync(dir)
    .filter((name) => !isHidden(name))
    .sort();
}
